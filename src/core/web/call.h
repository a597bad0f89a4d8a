/*
 * The database calls of a handler.  Each is one transaction and one round
 * trip; authentication and the Idempotency-Key travel with the first one.
 *
 *   call_read     auth + statement; committed
 *   call_begin    auth + key + statement; committed: the intent, before an upstream call
 *   call_grouped_insert   a row with those of other requests; committed; no auth
 *   call_settle   [auth + key | assume] + statement; open: handle.c stores the answer with
 *                 the key in the same transaction and commits
 *
 * All return NULL after recording the problem, or after putting the stored answer of an
 * earlier request in place.  The handler then returns req->status.
 */
#ifndef PURSER_WEB_CALL_H
#define PURSER_WEB_CALL_H

#include "core/db/db.h"
#include "core/web/problem.h"

struct req;

/* The statements of this file, for every program that serves. */
extern const struct db_stmt *const call_stmts[];

const struct db_rows *call_read(struct req *req, const struct db_stmt *stmt,
    const struct db_param *params) MUST_CHECK;
/* See db_grouped_insert(), which gives the rows of a batch to one caller. */
const struct db_rows *call_grouped_insert(struct req *req, const struct db_stmt *stmt,
    const struct db_param *row) MUST_CHECK;

const struct db_rows *call_begin(struct req *req, const struct db_stmt *stmt,
    const struct db_param *params) MUST_CHECK;
const struct db_rows *call_settle(struct req *req, const struct db_stmt *stmt,
    const struct db_param *params) MUST_CHECK;

/*
 * As call_settle(), but committed at once, for a handler that calls upstream again.  Exactly one
 * row, else NULL.
 */
const struct db_rows *call_settle_now(struct req *req, const struct db_stmt *stmt,
    const struct db_param *params) MUST_CHECK;

/* Exactly one row, else NULL with a 404 recorded. */
const struct db_rows *call_read_one(struct req *req, const struct db_stmt *stmt,
    const struct db_param *params) MUST_CHECK;

/*
 * For a handler that refuses before any call: only an authenticated client gets the reason.
 * call_refuse_recorded() is for a problem that was recorded already.
 */
int call_refuse(struct req *req, enum problem what);
int call_refuse_recorded(struct req *req);

/*
 * For handle.c.  call_authenticate() only authenticates: a request with a mistake must do so,
 * too.  call_finish() runs after the handler: it stores the answer under its key and commits,
 * or releases the key.
 */
void call_authenticate(struct req *req);
void call_finish(struct req *req);

/*
 * Authenticates, and takes a place among the statements that work on files (DB_LONG), for a request
 * whose file is not read yet; false = a problem was recorded.  A handler's call takes it by itself.
 */
bool call_enter_long(struct req *req) MUST_CHECK;

/* The delay until purser-jobs resumes a request that got no answer from upstream. */
#define CALL_RESUME_MS 1000

/* Minimum time of a statement that records an outcome, when earlier ones have used up all time. */
#define CALL_CLOSING_MS 1000

/* How much longer a statement may take that works on a file (DB_LONG). */
#define CALL_LONG_FACTOR 4

/* A lease for one request's upstream calls. */
int64_t call_lease_ms(const struct req *req);

#endif
