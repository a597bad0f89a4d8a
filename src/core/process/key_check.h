/*
 * Confirms the secret keys of Stripe accounts.  A thread asks Stripe whose each key is (GET
 * /v1/account), once for each key, and the database whether that is the account of its name: the
 * first key of a name fixes that for good.  No other call is made with a key before.
 */
#ifndef PURSER_PROCESS_KEY_CHECK_H
#define PURSER_PROCESS_KEY_CHECK_H

#include <stdbool.h>

#include "core/base/bug.h"

struct conf;
struct db;
struct db_stmt;

/* The statements of the checks, for the program to prepare. */
extern const struct db_stmt *const key_check_stmts[];

/*
 * Starts the thread, and waits for its first checks, but for no more than two seconds: a program
 * starts without them, and its calls of Stripe wait.
 */
void key_check_start(const struct conf *conf, struct db *db);

/* Ends the thread; false = it still waits for an answer. */
bool key_check_stop(void) MUST_CHECK;

/* For --check-conf: prints which keys are not used, and fixes nothing. */
void key_check_print(const struct conf *conf, struct db *db);

#endif
