/* Calls: each one transaction on one connection; some stay open for one more step. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/fault.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/db/conn.h"
#include "core/db/db.h"
#include "core/db/pipelined_read.h"
#include "core/db/pool.h"

/* The server cancels at database_timeout_ms; a call waits this much longer for its answer. */
#define GRACE_MS 1000

/* An open transaction; its connection stays borrowed. */
struct db_tx {
	struct db *db;
	struct db_conn *conn;
	const char *label;
};

/* One call and its outcome. */
struct call {
	const struct db_step *steps;
	size_t count;
	int64_t deadline_ms;
	struct arena *arena;
	struct db_rows *rows;
	struct db_error *error;
	struct db_conn *kept; /* of a transaction that stays open */
	bool commit;
};

struct db *
db_open(const struct conf *conf, const char *name, int64_t connections,
    const struct db_stmt *const *const *stmts, const char **why)
{
	struct db *db = calloc(1, sizeof(*db));

	CHECK(db != NULL);
	db->target = (struct conn_target) { conf, name, stmts };
	pool_init(db, connections);
	*why = NULL;
	if (pool_start(db, why))
		return db;
	db_close(db);
	return NULL;
}

void
db_close(struct db *db)
{
	if (pool_stop(db))
		free(db);
}

int64_t
db_deadline_ms(const struct db *db)
{
	return clock_monotonic_ms() + db->target.conf->database_timeout_ms + GRACE_MS;
}

/* --- statements that work on files ----------------------------------------- */

/* One of this many connections may run such a statement. */
#define LONG_SHARE 4

bool
db_enter_long(struct db *db)
{
	int64_t most = db->count < LONG_SHARE ? 1 : db->count / LONG_SHARE;
	bool entered;

	pthread_mutex_lock(&db->lock);
	entered = db->long_places < most;
	db->long_places += entered;
	pthread_mutex_unlock(&db->lock);
	return entered;
}

void
db_leave_long(struct db *db)
{
	pthread_mutex_lock(&db->lock);
	db->long_places--;
	pthread_mutex_unlock(&db->lock);
}

/* --- one attempt ---------------------------------------------------------- */

/* Sends a call on the connection and receives its answer. */
static enum db_result
conn_call(struct db_conn *conn, const struct call *call)
{
	struct conn_answer answer;

	conn_send(conn, call->steps, call->count, call->commit ? CONN_COMMIT : CONN_OPEN, &answer);
	if (!conn_receive(conn, &answer, call->deadline_ms))
		conn_give_up(conn, &answer);
	return conn_take(&answer, call->arena, call->rows, call->error);
}

static bool
is_outdated(enum db_result outcome, const struct db_error *error)
{
	return outcome == DB_RAISED && conn_is_outdated(error->sqlstate);
}

/* On a borrowed connection, which is kept when the transaction stays open. */
static enum db_result
call_alone(struct db *db, struct call *call)
{
	struct db_conn *conn = pool_borrow(db, call->deadline_ms);
	enum db_result outcome;

	if (conn == NULL)
		return DB_UNAVAILABLE;
	/* Too late: giving up in the middle of the call would break the connection. */
	if (clock_left_ms(call->deadline_ms) == 0) {
		pool_return(db, conn);
		return DB_UNAVAILABLE;
	}
	outcome = conn_call(conn, call);
	if (!call->commit && outcome == DB_OK)
		call->kept = conn;
	else
		pool_return(db, conn);
	return outcome;
}

/* As a pipelined read; when that was delayed or broke, alone. */
static enum db_result
call_shared(struct db *db, struct call *call)
{
	struct conn_answer answer;

	if (!pipelined_read_run(db, call->steps, call->count, call->deadline_ms, &answer))
		return call_alone(db, call);
	return conn_take(&answer, call->arena, call->rows, call->error);
}

/* --- an attempt and its repeats ------------------------------------------- */

static bool
is_conflict(enum db_result outcome, const struct db_error *error)
{
	return outcome == DB_RAISED &&
	    (strcmp(error->sqlstate, "40001") == 0 || strcmp(error->sqlstate, "40P01") == 0);
}

static void
log_outdated(const struct db_stmt *stmt, const struct db_error *error)
{
	log_event(LOG_LEVEL_WARN, NULL, "prepared statement outdated: schema or server changed",
	    "statement", stmt->name, "sqlstate", error->sqlstate, "error", error->message, NULL);
}

/* A pipelined read may run twice, so a call that writes is never one. */
static bool
is_shared(const struct call *call)
{
	return call->commit && pipelined_read_may(call->steps, call->count);
}

/* Runs a call and repeats it after a conflict or an outdated connection. */
static enum db_result
call_run(struct db *db, struct call *call)
{
	const struct db_stmt *last = call->steps[call->count - 1].stmt;
	enum db_result outcome;
	int repeats = 0;

	memset(call->error, 0, sizeof(*call->error));
	fault_point("before", last->name);
	outcome = is_shared(call) ? call_shared(db, call) : call_alone(db, call);
	if (is_outdated(outcome, call->error)) {
		log_outdated(last, call->error);
		outcome = call_alone(db, call);
	}
	while (is_conflict(outcome, call->error) && repeats++ < LIMIT_DB_REPEATS)
		outcome = call_alone(db, call);
	/* Neither is the client's fault: a repeated request may succeed. */
	if (is_outdated(outcome, call->error))
		log_outdated(last, call->error);
	if (is_conflict(outcome, call->error) || is_outdated(outcome, call->error))
		outcome = DB_UNAVAILABLE;
	fault_point(call->commit ? "after" : "within", last->name);
	return outcome;
}

enum db_result
db_run(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    int64_t deadline_ms, struct db_rows *rows, struct db_error *error)
{
	struct call call = { steps, count, deadline_ms, arena, rows, error, NULL, true };

	return call_run(db, &call);
}

/* --- a transaction that stays open for one more step --------------------- */

enum db_result
db_run_open(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    int64_t deadline_ms, struct db_rows *rows, struct db_error *error, struct db_tx **tx)
{
	struct call call = { steps, count, deadline_ms, arena, rows, error, NULL, false };
	enum db_result outcome = call_run(db, &call);

	if (outcome != DB_OK)
		return outcome;
	*tx = arena_alloc(arena, sizeof(**tx));
	**tx = (struct db_tx) { db, call.kept, steps[count - 1].stmt->name };
	return DB_OK;
}

enum db_result
db_tx_commit(struct db_tx *tx, struct arena *arena, const struct db_step *steps, size_t count,
    int64_t deadline_ms, struct db_error *error)
{
	struct db_rows *rows = arena_alloc(arena, (count + 1) * sizeof(*rows));
	const struct call call = { steps, count, deadline_ms, arena, rows, error, NULL, true };
	enum db_result outcome;

	outcome = conn_call(tx->conn, &call);
	if (is_outdated(outcome, error)) {
		log_outdated(steps[count - 1].stmt, error);
		outcome = DB_UNAVAILABLE;
	}
	pool_return(tx->db, tx->conn);
	fault_point("after", tx->label);
	return outcome;
}

void
db_tx_drop(struct db_tx *tx)
{
	tx->conn->broken = true;
	pool_return(tx->db, tx->conn);
}
