/* Calls: each one transaction on one connection, or open for one more step. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/fault.h"
#include "core/base/limits.h"
#include "core/db/conn.h"
#include "core/db/db.h"
#include "core/db/pool.h"
#include "core/db/share.h"

struct db_tx {
	struct db *db;
	struct db_conn *conn;
	const char *label;
};

struct db *
db_open(const struct conf *conf, const char *name, int64_t connections,
    const struct db_stmt *const *stmts, const char **why)
{
	struct db *db = calloc(1, sizeof(*db));

	CHECK(db != NULL);
	db->conf = conf;
	db->name = name;
	db->stmts = stmts;
	pool_init(db, connections);
	*why = NULL;
	if (conn_open(db, db->idle, why))
		return db;
	db_close(db);
	return NULL;
}

void
db_close(struct db *db)
{
	for (int64_t i = 0; i < db->count; i++)
		conn_close(&db->conns[i]);
	pool_release(db);
	free(db);
}

/* --- one call ------------------------------------------------------------- */

static enum db_result
steps_run(struct db *db, struct db_conn *conn, struct arena *arena, const struct db_step *steps,
    size_t count, struct db_rows *rows, struct db_error *error, bool commit)
{
	int64_t deadline_ms = conn_deadline_ms(db);

	if (!conn_send(conn, steps, count, commit))
		return DB_UNAVAILABLE;
	return conn_receive(conn, arena, count, rows, error, commit, deadline_ms);
}

/* On success *kept keeps the connection when the transaction stays open. */
static enum db_result
call_once(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    struct db_rows *rows, struct db_error *error, struct db_conn **kept)
{
	struct db_conn *conn = pool_borrow(db);
	enum db_result outcome;

	if (conn == NULL)
		return DB_UNAVAILABLE;
	outcome = steps_run(db, conn, arena, steps, count, rows, error, kept == NULL);
	if (kept != NULL && outcome == DB_OK)
		*kept = conn;
	else
		pool_return(db, conn, outcome);
	return outcome;
}

static bool
is_repeatable(enum db_result outcome, const struct db_error *error)
{
	return outcome == DB_RAISED &&
	    (strcmp(error->sqlstate, "40001") == 0 || strcmp(error->sqlstate, "40P01") == 0);
}

/* An attempt and its repeats. */
static enum db_result
call_run(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    struct db_rows *rows, struct db_error *error, struct db_conn **kept)
{
	const char *label = steps[count - 1].stmt->name;
	enum db_result outcome;

	memset(error, 0, sizeof(*error));
	fault_point("before", label);
	for (int attempt = 0;; attempt++) {
		if (kept == NULL && steps[count - 1].stmt->quick)
			outcome = share_run(db, arena, steps, count, rows, error);
		else
			outcome = call_once(db, arena, steps, count, rows, error, kept);
		if (!is_repeatable(outcome, error) || attempt >= LIMIT_DB_REPEATS)
			break;
	}
	/* Nobody outside may learn of a deadlock: the caller may simply try again. */
	if (is_repeatable(outcome, error))
		outcome = DB_UNAVAILABLE;
	fault_point(kept == NULL ? "after" : "within", label);
	return outcome;
}

enum db_result
db_run(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    struct db_rows *rows, struct db_error *error)
{
	return call_run(db, arena, steps, count, rows, error, NULL);
}

/* --- a transaction that stays open for one more step --------------------- */

enum db_result
db_run_open(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    struct db_rows *rows, struct db_error *error, struct db_tx **tx)
{
	struct db_conn *conn = NULL;
	enum db_result outcome = call_run(db, arena, steps, count, rows, error, &conn);

	if (outcome != DB_OK)
		return outcome;
	*tx = arena_alloc(arena, sizeof(**tx));
	**tx = (struct db_tx) { .db = db, .conn = conn, .label = steps[count - 1].stmt->name };
	return DB_OK;
}

enum db_result
db_tx_commit(struct db_tx *tx, struct arena *arena, const struct db_step *steps, size_t count,
    struct db_error *error)
{
	struct db_rows *rows = arena_alloc(arena, (count + 1) * sizeof(*rows));
	enum db_result outcome;

	memset(error, 0, sizeof(*error));
	outcome = steps_run(tx->db, tx->conn, arena, steps, count, rows, error, true);
	pool_return(tx->db, tx->conn, outcome);
	fault_point("after", tx->label);
	return outcome;
}

void
db_tx_abandon(struct db_tx *tx)
{
	const struct db_step undo = { &conn_rollback, NULL };
	struct arena arena;
	struct db_error error;

	arena_init(&arena);
	if (db_tx_commit(tx, &arena, &undo, 1, &error) == DB_OK)
		BUG("core.rollback() did not raise");
	arena_release(&arena);
}
