/*
 * libpq is included here and nowhere else.  Reading this file top to bottom:
 * parameters and cells, opening a connection, one pipelined call, transactions
 * that stay open for one more step.
 */
#include "config.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/fault.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/db/db.h"
#include "core/db/pool.h"

/* The server cancels at database_timeout_ms; we give up on a silent one this much later. */
#define GRACE_MS 1000
/* pg_type.oid of text, fixed for ever. */
#define TEXT_OID 25
/* An idle connection is looked at before use when it was idle for so long. */
#define STALE_MS 500

/*
 * Each statement is planned once a connection, maybe while its tables are still
 * empty.  All of them ask by key, so no plan shall rest on statistics that grow
 * old: a scan of a whole table is chosen only where no index would do (and then
 * counts as so dear that it would be compiled first, if jit were on).
 */
#define SETTINGS "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off " \
	"-c timezone=UTC"

struct db_tx {
	struct db *db;
	struct db_conn *conn;
	const char *label;
};

static const struct db_stmt rollback_stmt = {
	"core.rollback", "select core.rollback()", 0
};

/* --- parameters and cells ----------------------------------------------- */

struct db_param
db_text(const char *text)
{
	return (struct db_param) { .value = text };
}

struct db_param
db_int(struct arena *arena, int64_t n)
{
	return (struct db_param) { .value = arena_printf(arena, "%lld", (long long)n) };
}

struct db_param
db_bool(bool b)
{
	return (struct db_param) { .value = b ? "t" : "f" };
}

struct db_param
db_bytes(const void *data, size_t len)
{
	return (struct db_param) { .value = data, .len = (int)len, .binary = true };
}

/* PostgreSQL's binary format of an array of one dimension: a head, then each element behind its length. */
static char *
put_int32(char *at, uint32_t n)
{
	n = htonl(n);
	memcpy(at, &n, sizeof(n));
	return at + sizeof(n);
}

struct db_param
db_texts(struct arena *arena, const char *const *values, size_t count)
{
	const uint32_t head[] = { 1, 1, TEXT_OID, (uint32_t)count, 1 };	/* dimensions, has nulls, type, length, first index */
	size_t len = sizeof(head) + count * sizeof(uint32_t);
	char *data, *at;

	for (size_t i = 0; i < count; i++)
		len += values[i] == NULL ? 0 : strlen(values[i]);
	data = at = arena_alloc(arena, len);
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		at = put_int32(at, head[i]);
	for (size_t i = 0; i < count; i++) {
		size_t bytes = values[i] == NULL ? 0 : strlen(values[i]);

		at = put_int32(at, values[i] == NULL ? UINT32_MAX : (uint32_t)bytes);
		if (bytes > 0)
			at = (char *)memcpy(at, values[i], bytes) + bytes;
	}
	return db_bytes(data, len);
}

int
db_column(const struct db_rows *rows, const char *name)
{
	int column = PQfnumber(rows->result, name);

	if (column < 0)
		BUG("no column \"%s\" in the answer", name);
	return column;
}

const char *
db_cell(const struct db_rows *rows, int row, int column)
{
	CHECK(row < rows->count);
	if (PQgetisnull(rows->result, row, column))
		return NULL;
	return PQgetvalue(rows->result, row, column);
}

const char *
db_value(const struct db_rows *rows, int row, const char *name)
{
	return db_cell(rows, row, db_column(rows, name));
}

int64_t
db_value_int(const struct db_rows *rows, int row, const char *name)
{
	const char *text = db_value(rows, row, name);

	CHECK(text != NULL);
	return strtoll(text, NULL, 10);
}

bool
db_value_bool(const struct db_rows *rows, int row, const char *name)
{
	const char *text = db_value(rows, row, name);

	CHECK(text != NULL);
	return text[0] == 't';
}

/* --- connections -------------------------------------------------------- */

static void
conn_close(struct db_conn *conn)
{
	if (conn->pg != NULL)
		PQfinish(conn->pg);
	conn->pg = NULL;
}

/* Waits for a result within the deadline; NULL = none (the end of a step, or a broken connection). */
static PGresult *
conn_result(struct db_conn *conn, int64_t deadline_ms)
{
	while (PQisBusy(conn->pg)) {
		struct pollfd fd = { .fd = PQsocket(conn->pg), .events = POLLIN };
		int64_t left = clock_left_ms(deadline_ms);

		if (left == 0 || poll(&fd, 1, (int)left) == 0) {
			conn_close(conn);
			return NULL;
		}
		if (!PQconsumeInput(conn->pg))
			break;
	}
	return PQgetResult(conn->pg);
}

static bool
prepare_send(struct db_conn *conn, const struct db_stmt *stmt)
{
	CHECK(stmt->params <= LIMIT_DB_PARAMS);
	return PQsendPrepare(conn->pg, stmt->name, stmt->sql, stmt->params, NULL);
}

/* All statements in one round trip. */
static bool
conn_prepare(struct db *db, struct db_conn *conn, const char **why)
{
	bool good = PQenterPipelineMode(conn->pg) && prepare_send(conn, &rollback_stmt);
	PGresult *result;

	for (size_t i = 0; db->stmts[i] != NULL; i++) {
		for (const struct db_stmt *s = db->stmts[i]; s->name != NULL && good; s++)
			good = prepare_send(conn, s);
	}
	good = good && PQpipelineSync(conn->pg);
	while (good) {
		ExecStatusType status;

		result = PQgetResult(conn->pg);
		if (result == NULL) {
			good = PQstatus(conn->pg) == CONNECTION_OK;
			continue;
		}
		status = PQresultStatus(result);
		if (status == PGRES_FATAL_ERROR)
			*why = strdup(PQresultErrorMessage(result));
		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return true;
		good = status == PGRES_COMMAND_OK;
	}
	if (*why == NULL)
		*why = strdup(PQerrorMessage(conn->pg));
	return false;
}

static bool
conn_open(struct db *db, struct db_conn *conn, const char **why)
{
	char options[160];
	const char *keys[] = { "dbname", "application_name", "options", "connect_timeout",
		"client_encoding", NULL };
	const char *values[] = { db->conf->database, db->name, options, "3", "UTF8", NULL };

	snprintf(options, sizeof(options), "-c statement_timeout=%lld " SETTINGS,
	    (long long)db->conf->database_timeout_ms);
	conn->pg = PQconnectdbParams(keys, values, 1);
	if (conn->pg != NULL && PQstatus(conn->pg) == CONNECTION_OK &&
	    conn_prepare(db, conn, why))
		return true;
	if (*why == NULL)
		*why = strdup(conn->pg == NULL ? "no memory" : PQerrorMessage(conn->pg));
	conn_close(conn);
	return false;
}

/* A server that was restarted has closed our idle connections: see it before we send. */
static bool
conn_stale(const struct db_conn *conn)
{
	char byte;

	if (clock_monotonic_ms() - conn->used_ms < STALE_MS)
		return false;
	return recv(PQsocket(conn->pg), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

/* A usable connection or NULL. */
static struct db_conn *
conn_take(struct db *db)
{
	struct db_conn *conn = pool_take(db);
	const char *why = NULL;

	if (conn == NULL) {
		log_event(LOG_LEVEL_WARN, NULL, "no database connection came free", NULL);
		return NULL;
	}
	if (conn->pg != NULL && conn_stale(conn))
		conn_close(conn);
	if (conn->pg != NULL)
		return conn;
	if (!pool_down(db)) {
		if (conn_open(db, conn, &why))
			return conn;
		pool_set_down(db);
		log_event(LOG_LEVEL_ERROR, NULL, "cannot reach the database", "error", why, NULL);
		free((char *)why);
	}
	pool_give(db, conn);
	return NULL;
}

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

/* --- one pipelined call ------------------------------------------------- */

static bool
step_send(struct db_conn *conn, const struct db_step *step)
{
	const char *values[LIMIT_DB_PARAMS];
	int lengths[LIMIT_DB_PARAMS];
	int formats[LIMIT_DB_PARAMS];

	for (int i = 0; i < step->stmt->params; i++) {
		values[i] = step->params[i].value;
		lengths[i] = step->params[i].len;
		formats[i] = step->params[i].binary;
	}
	return PQsendQueryPrepared(conn->pg, step->stmt->name, step->stmt->params, values,
	    lengths, formats, 0);
}

static void
error_from(struct arena *arena, struct db_error *error, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	memset(error, 0, sizeof(*error));
	if (state != NULL)
		snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", state);
	error->message = arena_strdup(arena, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	error->column = arena_strdup(arena, PQresultErrorField(result, PG_DIAG_COLUMN_NAME));
}

/* Classes 08 (connection), 53 (resources), 57 (shutdown, cancel by time-out) are not the caller's fault. */
static enum db_result
error_class(const struct db_error *error)
{
	if (error->sqlstate[0] == '\0' || memcmp(error->sqlstate, "08", 2) == 0 ||
	    memcmp(error->sqlstate, "53", 2) == 0 || memcmp(error->sqlstate, "57", 2) == 0)
		return DB_UNAVAILABLE;
	return DB_RAISED;
}

static void
result_clear(void *result)
{
	PQclear(result);
}

/* Reads the answer of one step and the NULL that closes it (anything else there is a broken connection). */
static enum db_result
step_result(struct db_conn *conn, struct arena *arena, struct db_rows *rows,
    struct db_error *error, int64_t deadline_ms)
{
	PGresult *result = conn_result(conn, deadline_ms);
	ExecStatusType status;
	PGresult *end;

	if (result == NULL)
		return DB_UNAVAILABLE;
	arena_defer(arena, result_clear, result);
	status = PQresultStatus(result);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
		error_from(arena, error, result);
		return error_class(error);
	}
	rows->result = result;
	rows->count = PQntuples(result);
	end = conn_result(conn, deadline_ms);
	PQclear(end);
	return end != NULL || conn->pg == NULL ? DB_UNAVAILABLE : DB_OK;
}

/* Reads up to the answer of Sync; an error on the way (a deferred constraint) fails the commit. */
static enum db_result
sync_result(struct db_conn *conn, struct arena *arena, struct db_error *error,
    int64_t deadline_ms)
{
	enum db_result outcome = DB_OK;
	int nulls = 0;

	while (conn->pg != NULL && nulls < 2) {
		PGresult *result = conn_result(conn, deadline_ms);
		ExecStatusType status;

		if (result == NULL) {
			nulls++;
			continue;
		}
		nulls = 0;
		status = PQresultStatus(result);
		if (status == PGRES_FATAL_ERROR && outcome == DB_OK) {
			error_from(arena, error, result);
			outcome = error_class(error);
		}
		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return outcome;
	}
	return DB_UNAVAILABLE;
}

static bool
is_repeatable(enum db_result outcome, const struct db_error *error)
{
	return outcome == DB_RAISED &&
	    (strcmp(error->sqlstate, "40001") == 0 || strcmp(error->sqlstate, "40P01") == 0);
}

/* A connection in an unknown state is of no use to the next caller. */
static void
conn_give(struct db *db, struct db_conn *conn, enum db_result outcome)
{
	if (outcome == DB_UNAVAILABLE)
		conn_close(conn);
	pool_give(db, conn);
}

static int64_t
deadline_of(const struct db *db)
{
	return clock_monotonic_ms() + db->conf->database_timeout_ms + GRACE_MS;
}

/* Sends the steps and reads their answers; the Sync goes in the same flush when `commit`. */
static enum db_result
steps_run(struct db *db, struct db_conn *conn, struct arena *arena, const struct db_step *steps,
    size_t count, struct db_rows *rows, struct db_error *error, bool commit)
{
	int64_t deadline_ms = deadline_of(db);
	enum db_result outcome = DB_OK;
	bool sent = true;

	for (size_t i = 0; i < count && sent; i++)
		sent = step_send(conn, &steps[i]);
	if (sent && commit)
		sent = PQpipelineSync(conn->pg);
	else if (sent)
		sent = PQsendFlushRequest(conn->pg) && PQflush(conn->pg) == 0;
	if (!sent)
		return DB_UNAVAILABLE;
	for (size_t i = 0; i < count && outcome == DB_OK; i++)
		outcome = step_result(conn, arena, &rows[i], error, deadline_ms);
	if (outcome == DB_UNAVAILABLE || (!commit && outcome == DB_OK))
		return outcome;
	if (!commit && !PQpipelineSync(conn->pg))
		return DB_UNAVAILABLE;
	if (outcome == DB_RAISED) {
		struct db_error ignored;

		return sync_result(conn, arena, &ignored, deadline_ms) == DB_UNAVAILABLE ?
		    DB_UNAVAILABLE : DB_RAISED;
	}
	return sync_result(conn, arena, error, deadline_ms);
}

/* One attempt and its repeats; on success *kept keeps the connection when the transaction stays open. */
static enum db_result
call_run(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    struct db_rows *rows, struct db_error *error, struct db_conn **kept)
{
	const char *label = steps[count - 1].stmt->name;
	enum db_result outcome;

	memset(error, 0, sizeof(*error));
	fault_point("before", label);
	for (int attempt = 0;; attempt++) {
		struct db_conn *conn = conn_take(db);

		if (conn == NULL)
			return DB_UNAVAILABLE;
		outcome = steps_run(db, conn, arena, steps, count, rows, error, kept == NULL);
		if (kept != NULL && outcome == DB_OK)
			*kept = conn;
		else
			conn_give(db, conn, outcome);
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
	conn_give(tx->db, tx->conn, outcome);
	fault_point("after", tx->label);
	return outcome;
}

void
db_tx_abandon(struct db_tx *tx)
{
	const struct db_step undo = { &rollback_stmt, NULL };
	struct arena arena;
	struct db_error error;

	arena_init(&arena);
	if (db_tx_commit(tx, &arena, &undo, 1, &error) == DB_OK)
		BUG("core.rollback() did not raise");
	arena_release(&arena);
}
