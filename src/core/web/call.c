/* Plans the steps of a handler's database call: authentication, key, statement, answer. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/auth/auth.h"
#include "core/auth/outcome.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/db/grouped_insert.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "core/web/route.h"

/* A lease outlives the slowest upstream call by this much. */
#define LEASE_GRACE_MS 5000

static const struct db_stmt begin_stmt = { "core.idempotency_begin",
	"select core.idempotency_begin($1, $2, $3, $4, $5::bytea, $6, $7::int) as id", 7, 0 };
static const struct db_stmt replay_stmt = { "core.idempotency_replay",
	"select response_status, response_body from core.idempotency_replay($1, $2, $3, $4)", 4,
	0 };
static const struct db_stmt finish_stmt = { "core.idempotency_finish",
	"select core.idempotency_finish($1::bigint, $2::int, $3)", 3, 0 };
static const struct db_stmt release_stmt = { "core.idempotency_release",
	"select core.idempotency_release($1::bigint)", 1, 0 };
static const struct db_stmt store_stmt = { "core.idempotency_store",
	"select response_status, response_body, replayed"
	" from core.idempotency_store($1, $2, $3, $4, $5::bytea, $6::int, $7)",
	7, 0 };
static const struct db_stmt long_stmt = { "core.statement_timeout",
	"select set_config('statement_timeout', $1, true)", 1, 0 };
const struct db_stmt *const call_stmts[] = { &begin_stmt, &replay_stmt, &finish_stmt, &release_stmt,
	&store_stmt, &long_stmt, NULL };

/* The steps of one call and their results. */
struct plan {
	struct db_step steps[LIMIT_DB_STEPS];
	struct db_rows rows[LIMIT_DB_STEPS];
	size_t count;
	int auth; /* index of the step or -1 */
	int begin;
};

int64_t
call_lease_ms(const struct req *req)
{
	return req->conf->stripe_deadline_ms + LEASE_GRACE_MS;
}

/* Api, method, path and key identify an idempotency row; the caller fills in the rest. */
static struct db_param *
key_params(struct req *req, size_t count)
{
	struct db_param *params = arena_alloc(req->arena, count * sizeof(*params));

	params[0] = db_text(api_name(req->route->api));
	params[1] = db_text(req->method);
	params[2] = db_text(req->path);
	params[3] = db_text(req->idempotency.key);
	return params;
}

/* Returns where the rows of the step will be. */
static const struct db_rows *
plan_add(struct plan *plan, const struct db_stmt *stmt, const struct db_param *params)
{
	CHECK(plan->count < LIMIT_DB_STEPS);
	plan->steps[plan->count] = (struct db_step) { .stmt = stmt, .params = params };
	return &plan->rows[plan->count++];
}

/* All database calls of a request share one time budget; upstream calls have their own. */
static int64_t
deadline_begin(const struct req *req)
{
	return clock_monotonic_ms() + req->database_left_ms;
}

/* Reserves time to record the outcome of an upstream call, whatever was used before. */
static void
budget_closing(struct req *req)
{
	if (req->database_left_ms < CALL_CLOSING_MS)
		req->database_left_ms = CALL_CLOSING_MS;
}

static void
deadline_end(struct req *req, int64_t deadline_ms)
{
	req->database_left_ms = clock_left_ms(deadline_ms);
}

static enum db_result
plan_run(struct req *req, struct plan *plan, struct db_error *error)
{
	int64_t deadline_ms = deadline_begin(req);
	enum db_result result =
	    db_run(req->db, req->arena, plan->steps, plan->count, deadline_ms, plan->rows, error);

	deadline_end(req, deadline_ms);
	return result;
}

static enum db_result
plan_run_open(struct req *req, struct plan *plan, struct db_error *error)
{
	int64_t deadline_ms = deadline_begin(req);
	enum db_result result = db_run_open(req->db, req->arena, plan->steps, plan->count,
	    deadline_ms, plan->rows, error, &req->tx);

	deadline_end(req, deadline_ms);
	return result;
}

static bool record(struct req *req, enum db_result result, const struct db_error *error);

/* Without a session: a client with an invalid app token gets that error first. */
static void
refuse_session(struct req *req, struct plan *plan)
{
	struct db_error error;

	if (record(req, plan_run(req, plan, &error), &error))
		problem(req, PROBLEM_SESSION_INVALID,
		    "send the header X-Session-Token: the user's session token");
}

/*
 * Adds the step that authenticates, or that assumes the principal known already; false = the
 * credential is missing or malformed.
 */
static bool
plan_auth(struct req *req, struct plan *plan)
{
	struct auth_headers headers = {
		.authorization = req->headers.authorization,
		.session_token = req->headers.session_token,
		.prop_account = req->headers.prop_account,
	};
	enum auth_result result;

	plan->auth = -1;
	plan->begin = -1;
	if (route_auth(req->route) == AUTH_NONE)
		return true;
	if (req->tenant != NULL) {
		plan->steps[plan->count++] =
		    auth_assume_step(req->arena, req->tenant, req->principal);
		return true;
	}
	plan->auth = (int)plan->count;
	result = auth_step(route_auth(req->route), &headers, req->route->scope, req->arena,
	    &plan->steps[plan->count++]);
	if (result == AUTH_NO_TOKEN)
		problem(req, PROBLEM_UNAUTHORIZED, "send the header Authorization: Bearer, and %s",
		    auth_token_name(route_auth(req->route)));
	else if (result == AUTH_NO_SESSION)
		refuse_session(req, plan);
	return result == AUTH_OK;
}

static void
plan_begin(struct req *req, struct plan *plan)
{
	struct db_param *params;

	if (req->idempotency.key == NULL || req->idempotency.id != 0)
		return;
	params = key_params(req, 7);
	params[4] = db_bytes(req->idempotency.hash, sizeof(req->idempotency.hash));
	params[5] = db_text(req->holder);
	params[6] = db_int(req->arena, call_lease_ms(req));
	plan->begin = (int)plan->count;
	plan_add(plan, &begin_stmt, params);
}

/* Gives the statement of the next step more time. */
static void
plan_long(struct req *req, struct plan *plan)
{
	struct db_param *params = arena_alloc(req->arena, sizeof(*params));
	int64_t ms = CALL_LONG_FACTOR * req->conf->database_timeout_ms;

	params[0] = db_int(req->arena, ms);
	plan_add(plan, &long_stmt, params);
	req->database_left_ms += ms - req->conf->database_timeout_ms;
}

/* Keeps the principal of the authenticating step, even when a later step raised. */
static void
plan_learn(struct req *req, const struct plan *plan, bool committed)
{
	const struct db_rows *who = plan->auth >= 0 ? &plan->rows[plan->auth] : NULL;

	if (who != NULL && who->count == 1) {
		req->tenant = db_value(who, 0, "tenant_id");
		req->principal = db_value(who, 0, "principal");
	}
	if (committed && plan->begin >= 0)
		req->idempotency.id = db_value_int(&plan->rows[plan->begin], 0, "id");
}

/* Answers with the stored answer of an earlier request with this key, byte for byte. */
static void
replay(struct req *req)
{
	struct plan plan = { .count = 0 };
	struct db_error error;
	const struct db_rows *rows;

	if (!plan_auth(req, &plan))
		return;
	rows = plan_add(&plan, &replay_stmt, key_params(req, 4));
	if (plan_run(req, &plan, &error) != DB_OK || rows->count != 1) {
		problem(req, PROBLEM_UNAVAILABLE, NULL);
		return;
	}
	req->status = (int)db_value_int(rows, 0, "response_status");
	buf_clear(&req->reply);
	buf_str(&req->reply, db_value(rows, 0, "response_body"));
	req->replayed = true;
	req->idempotency.stored = true;
}

/* Turns an error that SQL raised into a problem; PU411 asks for the replay of a stored answer. */
static void
record_raised(struct req *req, const struct db_error *error)
{
	enum problem what = problem_of_sqlstate(error->sqlstate);

	if (strcmp(error->sqlstate, "PU411") == 0) {
		replay(req);
		return;
	}
	if (what == PROBLEM_NONE) {
		log_event(LOG_LEVEL_ERROR, req->id, "unexpected database error", "sqlstate",
		    error->sqlstate, "error", error->message, NULL);
		problem(req, PROBLEM_INTERNAL, NULL);
	} else if (what == PROBLEM_VALIDATION && error->column != NULL) {
		problem_field(req, error->column, "%s", error->message);
	} else {
		problem(req, what, "%s", error->message);
	}
}

static bool
record(struct req *req, enum db_result result, const struct db_error *error)
{
	if (result == DB_OK)
		return true;
	if (result == DB_RAISED)
		record_raised(req, error);
	else
		problem(req, PROBLEM_UNAVAILABLE, NULL);
	return false;
}

/* Authentication, the key when asked for, and the statement: committed, or left open in req->tx. */
static const struct db_rows *
call(struct req *req, const struct db_stmt *stmt, const struct db_param *params, bool with_key,
    bool open)
{
	struct plan *plan = arena_zalloc(req->arena, sizeof(*plan));
	struct db_error error;
	enum db_result result;

	if ((stmt->flags & DB_LONG) && !call_enter_long(req))
		return NULL;
	if (!plan_auth(req, plan))
		return NULL;
	if (with_key)
		plan_begin(req, plan);
	if (stmt->flags & DB_OUTCOME) /* never in the first call, so the principal is known */
		plan->steps[plan->count++] =
		    outcome_step(req->arena, req->conf, stmt, req->tenant, req->principal);
	if (stmt->flags & DB_LONG)
		plan_long(req, plan);
	plan_add(plan, stmt, params);
	result = open ? plan_run_open(req, plan, &error) : plan_run(req, plan, &error);
	plan_learn(req, plan, result == DB_OK);
	if (!record(req, result, &error))
		return NULL;
	return &plan->rows[plan->count - 1];
}

const struct db_rows *
call_read(struct req *req, const struct db_stmt *stmt, const struct db_param *params)
{
	return call(req, stmt, params, false, false);
}

const struct db_rows *
call_grouped_insert(struct req *req, const struct db_stmt *stmt, const struct db_param *row)
{
	struct db_rows *rows = arena_alloc(req->arena, sizeof(*rows));
	int64_t deadline_ms = deadline_begin(req);
	struct db_error error;
	enum db_result result;

	CHECK(route_auth(req->route) == AUTH_NONE);
	result = db_grouped_insert(req->db, req->arena, stmt, row, deadline_ms, rows, &error);
	deadline_end(req, deadline_ms);
	return record(req, result, &error) ? rows : NULL;
}

const struct db_rows *
call_read_one(struct req *req, const struct db_stmt *stmt, const struct db_param *params)
{
	const struct db_rows *rows = call_read(req, stmt, params);

	if (rows == NULL || rows->count == 1)
		return rows;
	problem(req, PROBLEM_NOT_FOUND, NULL);
	return NULL;
}

const struct db_rows *
call_begin(struct req *req, const struct db_stmt *stmt, const struct db_param *params)
{
	return call(req, stmt, params, true, false);
}

const struct db_rows *
call_settle(struct req *req, const struct db_stmt *stmt, const struct db_param *params)
{
	/* Without a key no answer is stored: commits at once, in one round trip. */
	bool open = req->idempotency.key != NULL;

	budget_closing(req);
	return call(req, stmt, params, true, open);
}

const struct db_rows *
call_settle_now(struct req *req, const struct db_stmt *stmt, const struct db_param *params)
{
	budget_closing(req);
	return call_read_one(req, stmt, params);
}

void
call_authenticate(struct req *req)
{
	struct plan plan = { .count = 0 };
	struct problem_record before = req->problem;
	int status = req->status;
	struct db_error error;
	enum db_result result;

	if (route_auth(req->route) == AUTH_NONE || !plan_auth(req, &plan))
		return;
	result = plan_run(req, &plan, &error);
	plan_learn(req, &plan, result == DB_OK);
	/* The problem recorded before stays the answer only for an authenticated client. */
	if (record(req, result, &error)) {
		req->problem = before;
		req->status = status;
	}
}

bool
call_enter_long(struct req *req)
{
	if (req->is_long)
		return true;
	call_authenticate(req);
	if (req->status != 0)
		return false;
	req->is_long = db_enter_long(req->db);
	if (!req->is_long)
		problem(req, PROBLEM_UNAVAILABLE,
		    "other files are being imported or exported, try again in a second");
	return req->is_long;
}

int
call_refuse_recorded(struct req *req)
{
	call_authenticate(req);
	return req->status;
}

int
call_refuse(struct req *req, enum problem what)
{
	problem(req, what, NULL);
	return call_refuse_recorded(req);
}

/* What was made, and refusals that would be the same again; 202 is an outcome still open. */
static bool
is_storable(const struct req *req)
{
	if (req->problem.problem != PROBLEM_NONE)
		return problem_kept(req->problem.problem);
	return req->status >= 200 && req->status < 300 && req->status != 202;
}

/* Stores the answer under its key, or releases the key so that a repeat resumes. */
static struct db_step
finish_step(struct req *req)
{
	struct db_param *params = arena_alloc(req->arena, 3 * sizeof(*params));

	params[0] = db_int(req->arena, req->idempotency.id);
	if (!is_storable(req))
		return (struct db_step) { .stmt = &release_stmt, .params = params };
	params[1] = db_int(req->arena, req->status);
	params[2] = db_text(req->reply.data);
	return (struct db_step) { .stmt = &finish_stmt, .params = params };
}

/* Stores the answer or releases the key in the open transaction, and commits. */
static void
finish_open(struct req *req)
{
	struct db_step step = finish_step(req);
	struct db_tx *tx = req->tx;
	struct db_error error;

	req->tx = NULL;
	if (record(req, db_tx_commit(tx, req->arena, &step, 1, deadline_begin(req), &error),
		&error))
		req->idempotency.stored = true;
}

/* Stores the answer of a refusal in a transaction of its own, since none is open. */
static void
store_refusal(struct req *req)
{
	struct plan plan = { .count = 0 };
	struct db_param *params;
	const struct db_rows *rows;
	struct db_error error;
	enum db_result result;

	if (!plan_auth(req, &plan))
		return;
	params = key_params(req, 7);
	params[4] = db_bytes(req->idempotency.hash, sizeof(req->idempotency.hash));
	params[5] = db_int(req->arena, req->status);
	params[6] = db_text(req->reply.data);
	rows = plan_add(&plan, &store_stmt, params);
	result = plan_run(req, &plan, &error);
	if (!record(req, result, &error))
		return;
	if (db_value_bool(rows, 0, "replayed")) {
		req->status = (int)db_value_int(rows, 0, "response_status");
		buf_clear(&req->reply);
		buf_str(&req->reply, db_value(rows, 0, "response_body"));
		req->problem.problem = PROBLEM_NONE;
		req->replayed = true;
	}
	req->idempotency.stored = true;
}

/*
 * For a key begun in an earlier call, whose effect is committed: stores the answer, or
 * releases the key when the outcome is open.
 */
static void
finish_begun(struct req *req)
{
	struct plan plan = { .count = 0 };
	struct db_error error;
	struct db_step step = finish_step(req);

	if (!plan_auth(req, &plan))
		return;
	plan_add(&plan, step.stmt, step.params);
	/* On failure the key is free when its lease ends; the client gets its answer. */
	if (plan_run(req, &plan, &error) != DB_OK)
		log_event(LOG_LEVEL_WARN, req->id,
		    "idempotency key not closed, it is free when its lease ends", NULL);
}

void
call_finish(struct req *req)
{
	budget_closing(req);
	if (req->tx != NULL) {
		finish_open(req);
		return;
	}
	if (req->idempotency.key == NULL || req->idempotency.stored || req->tenant == NULL ||
	    req->problem.problem == PROBLEM_IDEMPOTENCY_CONFLICT ||
	    req->problem.problem == PROBLEM_IDEMPOTENCY_IN_PROGRESS)
		return;
	if (req->idempotency.id != 0)
		finish_begun(req);
	else if (is_storable(req))
		store_refusal(req);
}
