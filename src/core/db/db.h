/*
 * Calls of PostgreSQL.
 *
 * Each process has a pool of connections, borrowed only around SQL and never
 * across an upstream call.  Every statement is prepared when a connection opens,
 * so a schema that does not fit fails the start and not a customer's request.
 * All steps of a call travel in one flush and are one implicit transaction:
 * either all of them took effect or none (libpq pipeline mode, one Sync).  No
 * BEGIN is sent, and no SQL is composed.
 *
 * Every call has one deadline for all of its waits: for a connection, sending,
 * the answer, repeats.
 */
#ifndef PURSER_DB_DB_H
#define PURSER_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/bug.h"
#include "core/db/value.h"

struct arena;
struct conf;
struct db;
struct db_tx;

/*
 * Opens the first connection and prepares the statements.  stmts is a list of lists; each
 * ends with NULL.  Returns NULL on failure, with the reason in *why.
 */
struct db *db_open(const struct conf *conf, const char *name, int64_t connections,
    const struct db_stmt *const *const *stmts, const char **why);
void db_close(struct db *db);

/* Of a statement that starts now: database_timeout_ms, and a second for the rest of the call. */
int64_t db_deadline_ms(const struct db *db);

/*
 * A place for a statement that works on a file (DB_LONG): at most a quarter of the connections run
 * such statements, so that others find one.  false = all are taken; else db_leave_long() gives it
 * back.
 */
bool db_enter_long(struct db *db) MUST_CHECK;
void db_leave_long(struct db *db);

/*
 * Runs the steps (LIMIT_DB_STEPS at most) as one transaction and commits.  rows has one
 * element per step (those before a failed one are filled).  After a deadlock or a
 * serialization failure the call is repeated up to LIMIT_DB_REPEATS times.  After load.sql
 * replaced the schema, or the server became read-only, it is repeated once on a new
 * connection.
 */
enum db_result db_run(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    int64_t deadline_ms, struct db_rows *rows, struct db_error *error) MUST_CHECK;

/*
 * The same without the commit: on DB_OK *tx stays open and its connection
 * borrowed until db_tx_commit(), which adds steps and commits.
 */
enum db_result db_run_open(struct db *db, struct arena *arena, const struct db_step *steps,
    size_t count, int64_t deadline_ms, struct db_rows *rows, struct db_error *error,
    struct db_tx **tx) MUST_CHECK;
enum db_result db_tx_commit(struct db_tx *tx, struct arena *arena, const struct db_step *steps,
    size_t count, int64_t deadline_ms, struct db_error *error) MUST_CHECK;

/* Undoes an open transaction by closing its connection, whatever state that is in. */
void db_tx_drop(struct db_tx *tx);

#endif
