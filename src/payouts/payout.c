/* Payouts: list, get, request, submit, retry, cancel. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/limits.h"
#include "core/base/money.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/web/call.h"
#include "core/web/reply.h"
#include "core/web/req.h"
#include "payouts/payouts.h"

static const struct db_stmt list_stmt = { "payouts.payout_list",
	"select " PAYOUT_COLUMNS " from payouts.payout_v"
	" where ($3::text is null or account_id = $3)" DB_NEWEST_FIRST("payouts.payout_v"),
	3, DB_PIPELINED };
static const struct db_stmt get_stmt = { "payouts.payout_get",
	"select " PAYOUT_COLUMNS " from payouts.payout_v where id = $1", 1, DB_PIPELINED };
static const struct db_stmt payee_stmt = { "payouts.payee_read",
	"select payouts.payee_read($1::jsonb, $2::bigint) as changed", 2, DB_OUTCOME };
static const struct db_stmt request_stmt = { "payouts.payout_request",
	"select " PAYOUT_COLUMNS " from payouts.payout_request"
	"($1, $2, $3, $4, $5, $6::bigint, $7::bigint)",
	7, DB_OUTCOME };
static const struct db_stmt submit_stmt = { "payouts.payout_submit",
	"select " TRANSFER_COLUMNS " from payouts.payout_submit($1, $2, $3::int, $4::text[])", 4,
	0 };
static const struct db_stmt retry_stmt = { "payouts.payout_retry",
	"select " PAYOUT_COLUMNS " from payouts.payout_retry($1)", 1, 0 };
static const struct db_stmt cancel_stmt = { "payouts.payout_cancel",
	"select " PAYOUT_COLUMNS " from payouts.payout_cancel($1)", 1, 0 };
const struct db_stmt *const payouts_payout_stmts[] = { &list_stmt, &get_stmt, &payee_stmt,
	&request_stmt, &submit_stmt, &retry_stmt, &cancel_stmt, NULL };

static const struct view_field view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "amount_cents", NULL, VIEW_NUMBER },
	{ "currency", NULL, VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ "stripe_transfer_id", NULL, VIEW_TEXT },
	{ "failure_reason", NULL, VIEW_TEXT },
	{ "hold_reason", NULL, VIEW_TEXT },
	{ "destination", NULL, VIEW_JSON },
	{ "requested_at", NULL, VIEW_TEXT },
	{ "completed_at", NULL, VIEW_TEXT },
	{ 0 },
};

struct payout_request {
	const char *prop_account_id; /* NULL = X-Prop-Account, else the newest */
	int64_t amount_cents;        /* 0 = all that is owed */
};

static const struct field fields[] = {
	{ "prop_account_id", FIELD_TEXT, false, 1, LIMIT_ID_BYTES,
	    offsetof(struct payout_request, prop_account_id) },
	{ "amount_cents", FIELD_INT, false, 1, MONEY_MAX,
	    offsetof(struct payout_request, amount_cents) },
	{ 0 },
};

const struct route_input payouts_payout_request_input = { fields, sizeof(struct payout_request),
	NULL };

/* GET /v2/payouts -- newest first; of one account when X-Prop-Account names it. */
int
payouts_payout_list(struct req *req)
{
	const struct db_rows *payouts;
	struct req_page page;

	if (!req_page(req, "po_", &page))
		return call_refuse_recorded(req);
	payouts = call_read(req, &list_stmt,
	    DB_PARAMS(db_int(req->arena, page.limit + 1), db_text(page.after),
		db_text(req->headers.prop_account)));
	if (payouts == NULL)
		return req->status;
	return reply_list(req, view, payouts, page.limit);
}

/* GET /v2/payouts/{id} -- as in the list. */
int
payouts_payout_get(struct req *req)
{
	const struct db_rows *payout =
	    call_read_one(req, &get_stmt, DB_PARAMS(db_text(req_param(req, 0))));

	if (payout == NULL)
		return req->status;
	return reply_row(req, 200, view, payout);
}

/*
 * Stores what Stripe said of the payee, also when the request is refused.  False = a problem was
 * recorded.
 */
static bool
payee_read(struct req *req, const struct payout_facts *facts)
{
	return facts->payees.value == NULL ||
	    call_settle_now(req, &payee_stmt, DB_PARAMS(facts->payees, facts->asked_ms)) != NULL;
}

/*
 * POST /v2/payouts/request -- turn what is owed into a payout.
 *
 * The validator and Stripe are asked between short transactions.  The last one stores the
 * validator's reading and consumes it under the lock of the account's estimate, so of
 * many concurrent requests only one gets the money.  A stored valuation is never
 * paid.
 */
int
payouts_payout_request(struct req *req)
{
	const struct payout_request *in = req->input;
	struct payout_facts facts;
	const struct db_rows *target, *payout;

	target = call_begin(req, &payouts_estimate_target_stmt,
	    DB_PARAMS(db_text(
		in->prop_account_id != NULL ? in->prop_account_id : req->headers.prop_account)));
	if (target == NULL)
		return req->status;
	if (target->count == 0)
		return problem(req, PROBLEM_SUBACCOUNT_NOT_READY, "there is no account yet");
	payouts_facts_ask(req->arena, req->conf, req->id, target, true,
	    req->conf->validator_request_timeout_ms, &facts);
	if (!payee_read(req, &facts))
		return req->status;
	payout = call_settle(req, &request_stmt,
	    DB_PARAMS(db_text(db_value(target, 0, "account_id")), facts.bucket, facts.total,
		facts.weeks, facts.problem, facts.asked_ms,
		in->amount_cents == 0 ? db_text(NULL) : db_int(req->arena, in->amount_cents)));
	if (payout == NULL)
		return req->status;
	req->wakes_jobs = true; /* purser-jobs may be the one to submit it */
	return reply_row(req, 200, view, payout);
}

/* --- submit ------------------------------------------------------------------ */

/* 202 while the outcome is open; it is not stored, so a repeat resumes. */
static int
submit_reply(struct req *req, const struct db_rows *payout)
{
	bool open;

	if (payout == NULL)
		return req->status;
	open = strcmp(db_value(payout, 0, "status"), "processing") == 0;
	return reply_row(req, open ? 202 : 200, view, payout);
}

/* The payout with its next step, after the facts were read if they had to be. */
static const struct db_rows *
submit_begin(struct req *req)
{
	struct db_param lease_ms = db_int(req->arena, call_lease_ms(req));
	const struct db_rows *payout = call_begin(req, &submit_stmt,
	    DB_PARAMS(db_text(req_param(req, 0)), db_text(req->holder), lease_ms,
		db_text(credentials_keys(req->conf->credentials, req->arena))));
	struct db_step step;

	if (payout == NULL || !payouts_transfer_next(payout, "read"))
		return payout;
	step = payouts_transfer_read(req->arena, req->conf, req->id, payout,
	    req->conf->validator_request_timeout_ms, db_text(req->holder), lease_ms);
	return call_settle_now(req, step.stmt, step.params);
}

/*
 * Nothing may be done now.  What holds the payout is committed already: its trader and operators
 * see the reason.  The outcome of one that is processing is open, as if Stripe had not answered.
 */
static int
submit_wait(struct req *req, const struct db_rows *payout)
{
	bool payee = strcmp(db_value(payout, 0, "hold_code"), "payee") == 0;

	if (strcmp(db_value(payout, 0, "status"), "processing") == 0)
		return submit_reply(req, payout);
	return problem(req, payee ? PROBLEM_PAYOUTS_NOT_ENABLED : PROBLEM_PAYOUT_ON_HOLD, "%s",
	    db_value(payout, 0, "last_error"));
}

/*
 * POST /v2/payouts/{id}/submit -- transfer the money.
 *
 * payout_submit() decides by new facts whether money leaves, and commits 'processing' before
 * Stripe is asked; the payout's id and attempt are Stripe's idempotency key.  After a crash a
 * repeat, an event or purser-jobs finds the outcome under that key, so there is one transfer.
 */
int
payouts_payout_submit(struct req *req)
{
	const struct db_rows *payout;
	struct stripe_reply reply;
	struct stripe stripe;
	struct db_step step;

	payout = submit_begin(req);
	if (payout == NULL)
		return req->status;
	if (payouts_transfer_next(payout, "done") || payouts_transfer_next(payout, "deferred"))
		return submit_reply(req, payout);
	if (payouts_transfer_next(payout, "wait"))
		return submit_wait(req, payout);
	req->wakes_jobs = true;
	stripe_init(&stripe, req->conf, db_value(payout, 0, "stripe_account"), req->arena, req->id);
	step = payouts_payout_ask(&stripe, payout, CALL_RESUME_MS, &reply);
	return submit_reply(req, call_settle(req, step.stmt, step.params));
}

/* --- without Stripe -------------------------------------------------------------- */

/* A transition of the user's own payout without a call of Stripe. */
static int
transition(struct req *req, const struct db_stmt *stmt)
{
	const struct db_rows *payout =
	    call_settle(req, stmt, DB_PARAMS(db_text(req_param(req, 0))));

	if (payout == NULL)
		return req->status;
	req->wakes_jobs = true;
	return reply_row(req, 200, view, payout);
}

/* POST /v2/payouts/{id}/retry -- a failed payout becomes pending again. */
int
payouts_payout_retry(struct req *req)
{
	return transition(req, &retry_stmt);
}

/* POST /v2/payouts/{id}/cancel -- a pending payout is cancelled. */
int
payouts_payout_cancel(struct req *req)
{
	return transition(req, &cancel_stmt);
}
