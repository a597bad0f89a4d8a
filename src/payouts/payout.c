#include "config.h"

#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/limits.h"
#include "core/base/money.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "payouts/payouts.h"
#include "payouts/stmt.h"
#include "payouts/view.h"

const struct field payout_request_fields[] = {
	{ "prop_account_id", FIELD_TEXT, false, 1, LIMIT_ID_BYTES,
	    offsetof(struct payout_request_input, prop_account_id) },
	{ "amount_cents", FIELD_INT, false, 1, MONEY_MAX,
	    offsetof(struct payout_request_input, amount_cents) },
	{ 0 },
};

/* GET /v2/payouts -- newest first; of one account when X-Prop-Account names it. */
int
payout_list(struct req *req)
{
	const struct db_rows *payouts;
	int64_t limit;

	if (!req_limit(req, LIMIT_PAGE_ROWS, &limit))
		return call_refuse_recorded(req);
	payouts = call_read(req, &payout_stmts[STMT_PAYOUT_LIST],
	    DB_PARAMS(db_int(req->arena, limit), db_text(req_query(req, "starting_after")),
		db_text(req->headers.prop_account)));
	if (payouts == NULL)
		return req->status;
	return reply_rows(req, 200, payout_view, payouts);
}

/*
 * POST /v2/payouts/request -- take what is owed into a payout.
 *
 * The validator is asked between two short transactions; the second one takes
 * its answer in and consumes it under the lock of the account's estimate, so
 * of many requests at once one gets it.  Nothing is paid on a cached amount.
 */
int
payout_request(struct req *req)
{
	const struct payout_request_input *in = req->input;
	struct estimate_reading reading;
	const struct db_rows *target, *payout;

	target = call_begin(req, &payout_stmts[STMT_ESTIMATE_TARGET],
	    DB_PARAMS(db_text(
		in->prop_account_id != NULL ? in->prop_account_id : req->headers.prop_account)));
	if (target == NULL)
		return req->status;
	if (target->count == 0)
		return problem(req, PROBLEM_SUBACCOUNT_NOT_READY, "there is no account yet");
	estimate_ask(req, target, &reading);
	payout = call_settle(req, &payout_stmts[STMT_PAYOUT_REQUEST],
	    DB_PARAMS(db_text(db_value(target, 0, "account_id")), reading.bucket,
		reading.total_cents, reading.weeks, reading.asked_ms,
		in->amount_cents == 0 ? db_text(NULL) : db_int(req->arena, in->amount_cents)));
	if (payout == NULL)
		return req->status;
	req->ring = true; /* a tenant may have its requests submitted at once */
	return reply_row(req, 200, payout_view, payout);
}

/* A step of the user's own payout that asks nobody outside. */
static int
step(struct req *req, enum payout_stmt stmt)
{
	const struct db_rows *payout =
	    call_settle(req, &payout_stmts[stmt], DB_PARAMS(db_text(req_param(req, 0))));

	if (payout == NULL)
		return req->status;
	req->ring = true;
	return reply_row(req, 200, payout_view, payout);
}

/* POST /v2/payouts/{id}/retry -- a failed payout becomes pending again. */
int
payout_retry(struct req *req)
{
	return step(req, STMT_PAYOUT_RETRY);
}

/* POST /v2/payouts/{id}/cancel -- a pending payout is taken back. */
int
payout_cancel(struct req *req)
{
	return step(req, STMT_PAYOUT_CANCEL);
}
