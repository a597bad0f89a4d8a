/* Onboarding links: Stripe's form, where payees give their details. */
#include "config.h"

#include "connect/connect.h"
#include "core/base/conf.h"
#include "core/json/json.h"
#include "core/json/json_out.h"
#include "core/web/call.h"
#include "core/web/req.h"

static const struct db_stmt target_stmt = { "connect.onboarding_link_begin",
	"select " ACCOUNT_COLUMNS " from connect.onboarding_link_begin($1)", 1, 0 };
const struct db_stmt *const connect_onboarding_link_stmts[] = { &target_stmt, NULL };

const char *
connect_onboarding_link_make(struct req *req, struct stripe *stripe, const struct db_rows *account)
{
	struct stripe_reply reply;

	switch (stripe_account_link_create(stripe, db_value(account, 0, "stripe_account_id"),
	    db_value(account, 0, "return_url"), db_value(account, 0, "refresh_url"), &reply)) {
	case STRIPE_OK:
		return json_text(json_get(reply.object, "url"));
	case STRIPE_REFUSED:
		problem(req, PROBLEM_STRIPE_REFUSED, "Stripe refused the link (%s)",
		    reply.code != NULL ? reply.code : "no code");
		return NULL;
	case STRIPE_GONE:
	case STRIPE_REFUSED_FOR_NOW:
	case STRIPE_RIGHTS:
	case STRIPE_UNKNOWN:
		problem(req, PROBLEM_STRIPE_ERROR, NULL);
		return NULL;
	}
	BUG("unknown result of Stripe");
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

	account = call_begin(req, &target_stmt, DB_PARAMS(db_text(req_param(req, 0))));
	if (account == NULL)
		return req->status;
	stripe_init(&stripe, req->conf, req->arena, req->id);
	url = connect_onboarding_link_make(req, &stripe, account);
	if (url == NULL)
		return req->status;
	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_text(&out, "onboarding_url", url);
	json_out_finish(&out);
	return req->status = 200;
}
