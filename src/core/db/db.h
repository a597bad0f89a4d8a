/*
 * PostgreSQL.
 *
 * A pool of connections per process, borrowed only around SQL and never across
 * an upstream call.  Every statement is prepared when a connection opens, so a
 * schema that does not fit stops the start and not a customer's request.  All
 * steps of a call travel in one flush and are one implicit transaction: either
 * all of them took effect or none (libpq pipeline mode, one Sync).  There is
 * no BEGIN, and no SQL is composed.
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
 * Opens the first connection and prepares the lists of `stmts`; each ends with NULL, and so do
 * they.  NULL = refused,
 * *why says why.
 */
struct db *db_open(const struct conf *conf, const char *name, int64_t connections,
    const struct db_stmt *const *const *stmts, const char **why);
void db_close(struct db *db);

/* From now: what a statement may take (database_timeout_ms), and a second for what is around it. */
int64_t db_deadline_ms(const struct db *db);

/*
 * Runs the steps (LIMIT_DB_STEPS at most) as one transaction and commits.  rows
 * has one element a step (those before a failed one are filled).  Deadlocks and
 * serialization failures are repeated up to LIMIT_DB_REPEATS times; once, on a
 * new connection, what failed because the schema was replaced or the server
 * became a read-only one.
 */
enum db_result db_run(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    int64_t deadline_ms, struct db_rows *rows, struct db_error *error) MUST_CHECK;

/*
 * The same without the commit: on DB_OK *tx stays open and its connection
 * borrowed until db_tx_commit() (which adds steps and commits) or
 * db_tx_abandon() (which undoes everything).
 */
enum db_result db_run_open(struct db *db, struct arena *arena, const struct db_step *steps,
    size_t count, int64_t deadline_ms, struct db_rows *rows, struct db_error *error,
    struct db_tx **tx) MUST_CHECK;
enum db_result db_tx_commit(struct db_tx *tx, struct arena *arena, const struct db_step *steps,
    size_t count, int64_t deadline_ms, struct db_error *error) MUST_CHECK;
void db_tx_abandon(struct db_tx *tx);

#endif
