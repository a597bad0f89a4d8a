/*
 * One connection in pipeline mode: open, send, receive exactly the results of what was
 * sent.  Only connect.c, this file and value.c use libpq.
 */
#include "config.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/db/conn.h"
#include "core/db/connect.h"

/* A connection that was idle for longer is checked before use. */
#define STALE_MS 500
#define PREPARE_MS 2000

/*
 * The settings of a session, laid over those of the operator's `database` where programs rely on
 * them.  The first three are for speed, and remain where the operator chose others for this
 * database, login or connection.
 *
 * Generic plans: each statement is planned once per connection, maybe while its tables
 * are still empty.  All statements look rows up by key, so no plan may depend on
 * statistics that become stale: enable_seqscan=off leaves a scan of a whole table only
 * where no index can serve.  It raises the estimated cost of such a scan, which would
 * trigger compilation, so jit is off.
 */
static const struct db_stmt settings = { .name = "settings",
	.params = 2,
	.sql = "select pg_catalog.set_config(s.name, w.value, false) from (values "
	       "('plan_cache_mode', 'force_generic_plan', true), ('enable_seqscan', 'off', true), "
	       "('jit', 'off', true), ('TimeZone', 'UTC', false), ('DateStyle', 'ISO', false), "
	       "('bytea_output', 'hex', false), ('statement_timeout', $1, false), "
	       "('lock_timeout', $2, false)) as w (name, value, may_differ) "
	       "join pg_catalog.pg_settings s on s.name = w.name where not w.may_differ or "
	       "s.source not in ('client', 'user', 'database', 'database user')" };

enum got { GOT_RESULT, GOT_NULL, GOT_NOTHING_YET, GOT_BROKEN };

void
conn_close(struct db_conn *conn)
{
	if (conn->broken)
		log_event(LOG_LEVEL_WARN, NULL, "broken database connection closed", "error",
		    PQerrorMessage(conn->pg), NULL);
	if (conn->pg != NULL)
		PQfinish(conn->pg);
	conn->pg = NULL;
	conn->broken = conn->outdated = false;
}

/* --- reading and writing without blocking ------------------------------------ */

/* Flushes what is left to send and waits for input; false = until_ms has passed. */
static bool
wait_input(PGconn *pg, int64_t until_ms, bool *broken)
{
	int unsent = PQflush(pg);
	struct pollfd fd = { .fd = PQsocket(pg), .events = POLLIN };
	int64_t left = clock_left_ms(until_ms);

	*broken = unsent < 0;
	if (*broken)
		return true;
	if (unsent > 0)
		fd.events |= POLLOUT;
	if (poll(&fd, 1, (int)left) == 0)
		return false;
	*broken = !PQconsumeInput(pg);
	return true;
}

/*
 * The next result of the stream; GOT_NULL is the end of a step's results.  When no result is
 * outstanding libpq returns NULL at once, every time.  So the second NULL in a row means that a
 * result was lost, and waiting for it is useless.
 */
static enum got
next_result(struct db_conn *conn, int64_t until_ms, PGresult **result)
{
	bool broken = false;

	*result = NULL;
	while (PQisBusy(conn->pg)) {
		if (!wait_input(conn->pg, until_ms, &broken))
			return GOT_NOTHING_YET;
		if (broken)
			return GOT_BROKEN;
	}
	*result = PQgetResult(conn->pg);
	if (*result == NULL && conn->ended)
		return GOT_BROKEN;
	conn->ended = *result == NULL;
	return conn->ended ? GOT_NULL : GOT_RESULT;
}

/* --- opening ------------------------------------------------------------------ */

static bool
settings_send(const struct conn_target *target, struct db_conn *conn)
{
	int64_t timeout_ms = target->conf->database_timeout_ms;
	char statement[32], lock[32];
	const char *values[] = { statement, lock };

	/* Half of the time for a lock: a statement that could not get it leaves time to repeat. */
	snprintf(statement, sizeof(statement), "%" PRId64, timeout_ms);
	snprintf(lock, sizeof(lock), "%" PRId64, (timeout_ms + 1) / 2);
	return PQsendQueryParams(conn->pg, settings.sql, settings.params, NULL, values, NULL, NULL,
	    0);
}

static bool
prepare_send(struct db_conn *conn, const struct db_stmt *stmt)
{
	CHECK(stmt->params <= LIMIT_DB_PARAMS);
	return PQsendPrepare(conn->pg, stmt->name, stmt->sql, stmt->params, NULL);
}

/* Reads the results of preparing; *why is set when the server refused something. */
static bool
prepare_receive(struct db_conn *conn, const char **why)
{
	int64_t until_ms = clock_monotonic_ms() + PREPARE_MS;
	bool good = true;
	PGresult *result;
	enum got got;

	while (good && (got = next_result(conn, until_ms, &result)) <= GOT_NULL) {
		ExecStatusType status = result == NULL ? PGRES_COMMAND_OK : PQresultStatus(result);

		if (status == PGRES_FATAL_ERROR)
			*why = strdup(PQresultErrorMessage(result));
		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return true;
		good = (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) &&
		    PQstatus(conn->pg) == CONNECTION_OK;
	}
	if (good && got == GOT_NOTHING_YET)
		*why = strdup("the server does not answer");
	return false;
}

/* All statements in one round trip. */
static bool
conn_prepare(const struct conn_target *target, struct db_conn *conn, const char **why)
{
	bool good = PQsetnonblocking(conn->pg, 1) == 0 && PQenterPipelineMode(conn->pg) &&
	    settings_send(target, conn);

	for (size_t i = 0; target->stmts[i] != NULL; i++) {
		for (size_t s = 0; target->stmts[i][s] != NULL && good; s++)
			good = prepare_send(conn, target->stmts[i][s]);
	}
	return good && PQpipelineSync(conn->pg) && prepare_receive(conn, why);
}

bool
conn_open(const struct conn_target *target, struct db_conn *conn, const char **why)
{
	char *failed = NULL;

	conn->opened_ms = clock_monotonic_ms();
	conn->ended = false;
	conn->pg = connect_open(target->conf->database, target->name, &failed);
	*why = failed;
	if (conn->pg == NULL)
		return false;
	if (conn_prepare(target, conn, why))
		return true;
	if (*why == NULL)
		*why = strdup(PQerrorMessage(conn->pg)[0] == '\0' ?
			"a part of the server's answer is missing" :
			PQerrorMessage(conn->pg));
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

/* --- sending ------------------------------------------------------------------- */

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
	return PQsendQueryPrepared(conn->pg, step->stmt->name, step->stmt->params, values, lengths,
	    formats, 0);
}

void
conn_send(struct db_conn *conn, const struct db_step *steps, size_t count, enum conn_end end,
    struct conn_answer *answer)
{
	bool commit = end != CONN_OPEN;
	bool sent = !conn->broken;

	CHECK(count <= LIMIT_DB_STEPS);
	conn->ended = false;
	*answer = (struct conn_answer) { .count = count,
		.commit = commit,
		.pipelined = end == CONN_PIPELINED };
	for (size_t i = 0; i < count && sent; i++) {
		answer->nonces[i] = steps[i].nonce;
		sent = step_send(conn, &steps[i]);
	}
	if (sent && commit)
		sent = PQpipelineSync(conn->pg);
	else if (sent)
		sent = PQsendFlushRequest(conn->pg) && PQflush(conn->pg) >= 0;
	/* A part of the call may be in libpq's buffer. */
	if (!sent)
		conn->broken = true;
}

/* --- receiving ------------------------------------------------------------------ */

static const char *
sqlstate_of(const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return state == NULL ? "" : state;
}

static bool
is_state(const PGresult *result, const char *prefix)
{
	return strncmp(sqlstate_of(result), prefix, strlen(prefix)) == 0;
}

/* The session survives most errors, but not one of libpq's own or one above severity ERROR. */
static bool
ends_session(const PGresult *error)
{
	const char *severity = PQresultErrorField(error, PG_DIAG_SEVERITY_NONLOCALIZED);

	return is_state(error, "08") || severity == NULL || strcmp(severity, "ERROR") != 0;
}

/*
 * Classes 53 (resources) and 57 (timeout) and a lock timeout are temporary and not the
 * caller's fault.
 */
static enum db_result
error_class(const PGresult *error)
{
	if (ends_session(error) || is_state(error, "53") || is_state(error, "57") ||
	    is_state(error, "55P03"))
		return DB_UNAVAILABLE;
	return DB_RAISED;
}

/* Is the nonce in the last column of the row, or in the hint of an error of our functions? */
static bool
is_of(uint64_t nonce, const PGresult *result)
{
	const char *echoed = NULL;

	if (PQresultStatus(result) == PGRES_FATAL_ERROR)
		echoed = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	else if (PQntuples(result) == 1 && PQnfields(result) > 0)
		echoed = PQgetvalue(result, 0, PQnfields(result) - 1);
	return echoed != NULL && strtoull(echoed, NULL, 16) == nonce;
}

/*
 * Keeps the result; false = it carries another nonce.  An error of PostgreSQL's own, such as
 * a timeout, carries none and discloses nothing of another caller.
 */
static bool
keep_result(struct conn_answer *answer, PGresult *result)
{
	uint64_t nonce = answer->nonces[answer->passed++];

	answer->results[answer->got++] = result;
	return nonce == 0 || is_of(nonce, result) ||
	    (PQresultStatus(result) == PGRES_FATAL_ERROR && !is_state(result, "PU"));
}

/*
 * Keeps the error of a step, or of the commit (a deferred constraint).  A commit has no
 * nonce.  With pipelined reads, which have nothing to commit, such an error could belong
 * to the next caller, so it is not accepted.
 */
static bool
keep_error(struct conn_answer *answer, PGresult *error)
{
	bool known;

	answer->error = error;
	if (answer->passed < answer->count)
		known = keep_result(answer, error);
	else
		known = !answer->pipelined;
	return known && !ends_session(error);
}

/*
 * Accepts the next result of an answer; false = it cannot come here.  Steps succeed up to
 * the first error, the steps after it are aborted, then comes the Sync.  Takes over the
 * results that it keeps.
 */
static bool
accept_result(struct conn_answer *answer, PGresult *result, bool *complete)
{
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		if (answer->error == NULL && answer->passed < answer->count)
			return keep_result(answer, result);
		break;
	case PGRES_FATAL_ERROR:
		if (answer->error == NULL)
			return keep_error(answer, result);
		break;
	case PGRES_PIPELINE_ABORTED:
		if (answer->error != NULL && answer->passed < answer->count) {
			answer->passed++;
			PQclear(result);
			return true;
		}
		break;
	case PGRES_PIPELINE_SYNC:
		*complete = answer->passed == answer->count;
		PQclear(result);
		return *complete;
	default:
		break;
	}
	PQclear(result);
	return false;
}

/* After an error in a transaction that was to stay open, a Sync ends the transaction. */
static bool
sync_open(struct db_conn *conn, struct conn_answer *answer)
{
	if (answer->commit || answer->error == NULL)
		return true;
	answer->commit = true;
	return PQpipelineSync(conn->pg);
}

void
conn_give_up(struct db_conn *conn, struct conn_answer *answer)
{
	conn->broken = true;
	answer->result = DB_UNAVAILABLE;
}

bool
conn_is_outdated(const char *sqlstate)
{
	static const char states[] =
	    "0A000 26000 25006 XX000 42883 42P01 42703 42704 42804 42846 3F000";

	return sqlstate[0] != '\0' && strstr(states, sqlstate) != NULL;
}

static void
complete_answer(struct db_conn *conn, struct conn_answer *answer)
{
	answer->result = answer->error == NULL ? DB_OK : error_class(answer->error);
	if (answer->error != NULL && conn_is_outdated(sqlstate_of(answer->error)))
		conn->outdated = true;
}

/* One result of the stream; false = it does not belong to the answer. */
static bool
receive_one(struct db_conn *conn, struct conn_answer *answer, enum got got, PGresult *result,
    bool *complete)
{
	if (got == GOT_BROKEN)
		return false;
	if (got == GOT_RESULT)
		return accept_result(answer, result, complete) && sync_open(conn, answer);
	*complete = !answer->commit && answer->passed == answer->count;
	return true;
}

bool
conn_receive(struct db_conn *conn, struct conn_answer *answer, int64_t until_ms)
{
	bool complete = false;
	PGresult *result;
	enum got got;

	while (!complete && !conn->broken) {
		got = next_result(conn, until_ms, &result);
		if (got == GOT_NOTHING_YET)
			return false;
		if (!receive_one(conn, answer, got, result, &complete))
			conn_give_up(conn, answer);
	}
	if (conn->broken)
		conn_give_up(conn, answer);
	else
		complete_answer(conn, answer);
	return true;
}

/* --- handing over ---------------------------------------------------------------- */

static void
result_clear(void *result)
{
	PQclear(result);
}

static void
error_from(struct arena *arena, struct db_error *error, const PGresult *result)
{
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", sqlstate_of(result));
	error->message = arena_strdup(arena, PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	error->column = arena_strdup(arena, PQresultErrorField(result, PG_DIAG_COLUMN_NAME));
}

enum db_result
conn_take(struct conn_answer *answer, struct arena *arena, struct db_rows *rows,
    struct db_error *error)
{
	memset(error, 0, sizeof(*error));
	if (answer->error != NULL)
		error_from(arena, error, answer->error);
	for (size_t i = 0; i < answer->got; i++) {
		if (answer->results[i] == answer->error || answer->result == DB_UNAVAILABLE)
			break;
		rows[i] = (struct db_rows) { answer->results[i], PQntuples(answer->results[i]) };
		arena_defer(arena, result_clear, answer->results[i]);
		answer->results[i] = NULL;
	}
	conn_answer_clear(answer);
	return answer->result;
}

void
conn_answer_clear(struct conn_answer *answer)
{
	bool kept = false;

	for (size_t i = 0; i < answer->got; i++) {
		kept = kept || answer->results[i] == answer->error;
		PQclear(answer->results[i]);
	}
	if (!kept)
		PQclear(answer->error);
	answer->got = 0;
	answer->error = NULL;
}
