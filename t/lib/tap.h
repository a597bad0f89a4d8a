/*
 * TAP for C tests, read by prove.  Say plan(n) first, or leave it out and let
 * done() print it.  Each check prints one line and returns whether it passed;
 * main ends with `return done();`.
 */
#ifndef PURSER_T_TAP_H
#define PURSER_T_TAP_H

#include <stdbool.h>
#include <stdint.h>

void plan(int count);

/* The format and what follows make the name of the check. */
bool ok(bool passed, const char *name, ...) __attribute__((format(printf, 2, 3)));
bool is_int(int64_t got, int64_t want, const char *name, ...) __attribute__((format(printf, 3, 4)));
bool is_str(const char *got, const char *want, const char *name, ...)
    __attribute__((format(printf, 3, 4))); /* NULL equals NULL only */

/* `count` checks that cannot run here, each with the reason. */
void skip(int count, const char *reason, ...) __attribute__((format(printf, 2, 3)));

/* A remark on standard error, where prove shows it; every line starts with "#". */
void diag(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* The exit status of the test: 0 when everything that was planned passed. */
int done(void);

#endif
