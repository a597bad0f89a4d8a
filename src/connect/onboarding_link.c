/* Onboarding links: Stripe's form, where payees give their details. */
#include "config.h"

#include "connect/connect.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/json/json.h"
#include "core/json/json_out.h"
#include "core/web/call.h"
#include "core/web/req.h"

static const struct db_stmt target_stmt = { "connect.onboarding_link_begin",
	"select " ACCOUNT_COLUMNS " from connect.onboarding_link_begin($1, $2::text[])", 2, 0 };
const struct db_stmt *const connect_onboarding_link_stmts[] = { &target_stmt, NULL };

/* Records what an answer without a link says of the account; false = a problem was recorded. */
static bool
learn(struct req *req, const char *id, const struct stripe_reply *reply, int64_t asked_ms)
{
	const char *answers = stripe_account_answers(req->arena, &id, reply, 1);

	return call_settle_now(req, &connect_refresh_stmt,
		   DB_PARAMS(db_text(answers), db_int(req->arena, asked_ms))) != NULL;
}

/* Records the problem of an answer without a link. */
static void
refusal(struct req *req, const char *id, const struct stripe_reply *reply, int64_t asked_ms)
{
	switch (reply->result) {
	case STRIPE_GONE:
		if (learn(req, id, reply, asked_ms))
			problem(req, PROBLEM_PAYOUTS_NOT_ENABLED,
			    "this payout account is gone at Stripe: set up a new one");
		return;
	case STRIPE_REFUSED:
		problem(req, PROBLEM_STRIPE_REFUSED, "Stripe refused the link (%s)",
		    reply->code != NULL ? reply->code : "no code");
		return;
	case STRIPE_RIGHTS:
		if (learn(req, id, reply, asked_ms))
			problem(req, PROBLEM_STRIPE_ERROR, NULL);
		return;
	case STRIPE_REFUSED_FOR_NOW:
	case STRIPE_UNKNOWN:
		problem(req, PROBLEM_STRIPE_ERROR, NULL);
		return;
	case STRIPE_OK:
		break;
	}
	BUG("a link is no refusal");
}

const char *
connect_onboarding_link_make(struct req *req, struct stripe *stripe, const struct db_rows *account)
{
	const char *id = db_value(account, 0, "stripe_account_id");
	int64_t asked_ms = clock_database_ms();
	struct stripe_reply reply;

	if (stripe_account_link_create(stripe, id, db_value(account, 0, "return_url"),
		db_value(account, 0, "refresh_url"), &reply) == STRIPE_OK)
		return json_text(json_get(reply.object, "url"));
	refusal(req, id, &reply, asked_ms);
	return NULL;
}

/*
 * POST /v2/connect/accounts/{stripe_account_id}/onboarding-link -- a fresh link, by which
 * the user continues the form.
 */
int
connect_onboarding_link_create(struct req *req)
{
	const struct db_rows *account;
	struct stripe stripe;
	struct json_out out;
	const char *url;

	account = call_begin(req, &target_stmt,
	    DB_PARAMS(db_text(req_param(req, 0)),
		db_text(credentials_keys(req->conf->credentials, req->arena))));
	if (account == NULL)
		return req->status;
	stripe_init(&stripe, req->conf, db_value(account, 0, "stripe_account"), req->arena,
	    req->id);
	url = connect_onboarding_link_make(req, &stripe, account);
	if (url == NULL)
		return req->status;
	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_text(&out, "onboarding_url", url);
	json_out_finish(&out);
	return req->status = 200;
}
