/*
 * One connection, with all statements prepared, in pipeline mode.  libpq is
 * used here and in value.c, nowhere else.
 */
#include "config.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/db/conn.h"
#include "core/db/pool.h"

/* The server cancels at database_timeout_ms; we give up on a silent one this much later. */
#define GRACE_MS 1000
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

const struct db_stmt conn_rollback = {
	.name = "core.rollback", .sql = "select core.rollback()"
};

/* --- opening ------------------------------------------------------------ */

void
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
	bool good = PQenterPipelineMode(conn->pg) && prepare_send(conn, &conn_rollback);
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

bool
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

bool
conn_stale(const struct db_conn *conn)
{
	char byte;

	if (clock_monotonic_ms() - conn->used_ms < STALE_MS)
		return false;
	return recv(PQsocket(conn->pg), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

/* --- sending and receiving ---------------------------------------------- */

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

int64_t
conn_deadline_ms(const struct db *db)
{
	return clock_monotonic_ms() + db->conf->database_timeout_ms + GRACE_MS;
}

bool
conn_send(struct db_conn *conn, const struct db_step *steps, size_t count, bool commit)
{
	for (size_t i = 0; i < count; i++) {
		if (!step_send(conn, &steps[i]))
			return false;
	}
	if (commit)
		return PQpipelineSync(conn->pg);
	return PQsendFlushRequest(conn->pg) && PQflush(conn->pg) == 0;
}

enum db_result
conn_receive(struct db_conn *conn, struct arena *arena, size_t count, struct db_rows *rows,
    struct db_error *error, bool commit, int64_t deadline_ms)
{
	enum db_result outcome = DB_OK;
	struct db_error ignored;

	for (size_t i = 0; i < count && outcome == DB_OK; i++)
		outcome = step_result(conn, arena, &rows[i], error, deadline_ms);
	if (outcome == DB_UNAVAILABLE || (!commit && outcome == DB_OK))
		return outcome;
	if (!commit && !PQpipelineSync(conn->pg))
		return DB_UNAVAILABLE;
	if (outcome == DB_OK)
		return sync_result(conn, arena, error, deadline_ms);
	return sync_result(conn, arena, &ignored, deadline_ms) == DB_UNAVAILABLE ?
	    DB_UNAVAILABLE : DB_RAISED;
}
