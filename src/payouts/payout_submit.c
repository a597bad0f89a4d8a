#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "payouts/payouts.h"
#include "payouts/stmt.h"
#include "payouts/view.h"

/* When Stripe did not answer, purser-jobs asks again after this. */
#define RESUME_DELAY_MS 1000

static enum stripe_result
ask_stripe(struct req *req, const struct db_rows *payout, struct stripe_reply *reply)
{
	const struct stripe_transfer transfer = {
		.payout_id = db_value(payout, 0, "id"),
		.attempt = db_value_int(payout, 0, "attempt"),
		.amount_cents = db_value(payout, 0, "amount_cents"),
		.currency = db_value(payout, 0, "currency"),
		.destination = db_value(payout, 0, "destination"),
		.sent_s = db_value_int(payout, 0, "sent_s"),
	};
	struct stripe stripe;

	stripe_init(&stripe, req->conf, req->arena, req->id);
	return stripe_transfer_ensure(&stripe, &transfer, reply);
}

static const struct db_rows *
settle(struct req *req, const struct db_rows *payout, const struct stripe_reply *reply)
{
	struct db_param id = db_text(db_value(payout, 0, "id"));
	struct db_param attempt = db_text(db_value(payout, 0, "attempt"));

	switch (reply->result) {
	case STRIPE_OK:
		if (reply->object == NULL)
			return call_settle(req, &payout_stmts[STMT_PAYOUT_REFUSE],
			    DB_PARAMS(id, attempt, db_text("abandoned"),
				db_text("the request never reached Stripe")));
		return call_settle(req, &payout_stmts[STMT_PAYOUT_SETTLE],
		    DB_PARAMS(id, db_text(json_print(req->arena, reply->object))));
	case STRIPE_REFUSED:
		return call_settle(req, &payout_stmts[STMT_PAYOUT_REFUSE],
		    DB_PARAMS(id, attempt, db_text(reply->code != NULL ? reply->code : "refused"),
			db_text(reply->message)));
	case STRIPE_UNKNOWN:
		return call_settle(req, &payout_stmts[STMT_PAYOUT_UNKNOWN],
		    DB_PARAMS(id, attempt, db_text(reply->message),
			db_int(req->arena, RESUME_DELAY_MS)));
	}
	BUG("unknown result of Stripe");
}

/* While the outcome is open the answer is 202, which is not stored: a repeat asks again. */
static int
submit_reply(struct req *req, const struct db_rows *payout)
{
	bool open;

	if (payout == NULL)
		return req->status;
	open = strcmp(db_value(payout, 0, "status"), "processing") == 0;
	return reply_row(req, open ? 202 : 200, payout_view, payout);
}

/*
 * POST /v2/payouts/{id}/submit -- transfer the money.
 *
 * payout_submit() commits 'processing' before Stripe is asked, and the payout's
 * id and attempt are the provider key.  So whoever finishes -- we, a repeat, an
 * event, or purser-jobs after we died here -- there is one transfer.
 */
int
payout_submit(struct req *req)
{
	const struct db_rows *payout;
	struct stripe_reply reply;

	if (req->conf->stripe_secret_key == NULL)
		return call_refuse(req, PROBLEM_STRIPE_NOT_CONFIGURED);
	payout = call_begin(req, &payout_stmts[STMT_PAYOUT_SUBMIT],
	    DB_PARAMS(db_text(req_param(req, 0)), db_text(req->holder),
		db_int(req->arena, call_lease_ms(req))));
	if (payout == NULL)
		return req->status;
	if (strcmp(db_value(payout, 0, "status"), "processing") != 0)
		return submit_reply(req, payout);
	req->ring = true;
	ask_stripe(req, payout, &reply);
	return submit_reply(req, settle(req, payout, &reply));
}
