/*
 * Errors for clients: one list (problem.def), rendered in the shape of the request's
 * api.
 */
#ifndef PURSER_WEB_PROBLEM_H
#define PURSER_WEB_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/web/api.h"

struct buf;

enum problem {
	PROBLEM_NONE,
#define PROBLEM(name, ...) PROBLEM_##name,
#define EXCEPTION(...)
#include "core/web/problem.def"
#undef PROBLEM
#undef EXCEPTION
	PROBLEM__MAX
};

struct problem_field {
	int64_t line; /* of an imported file; 0 = not about a line */
	const char *field;
	const char *message;
};

/* What a request has recorded; message NULL = the list's own. */
struct problem_record {
	enum problem problem;
	const char *message;
	const struct problem_field *fields; /* of a validation error */
	size_t field_count;
	int64_t not_listed; /* fields beyond LIMIT_FIELD_ERRORS */
};

/* HTTP status and code of a problem in an api. */
int problem_status(enum problem problem, enum api api);
const char *problem_code(enum problem problem, enum api api);
bool problem_retryable(enum problem problem);

/* Does a repeat with the same Idempotency-Key get it again? */
bool problem_kept(enum problem problem);

/* The problem that a SQL function raised, PROBLEM_NONE when the state is not in the list. */
enum problem problem_of_sqlstate(const char *sqlstate);

/* The whole error body in the api's shape. */
void problem_render(struct buf *buf, const struct problem_record *record, enum api api,
    const char *request_id, const char *now_rfc3339);

/*
 * `--problems`: every error that a client can get, nginx's as well: its SQLSTATE, whether a
 * client may repeat the request, status and code on each api, message.
 */
void problem_print(FILE *out);

#endif
