#include "config.h"

#include "connect/connect.h"
#include "connect/handlers.h"
#include "connect/stmt.h"
#include "connect/view.h"
#include "core/base/conf.h"
#include "core/json/json.h"
#include "core/web/call.h"
#include "core/web/req.h"

const char *
link_make(struct req *req, struct stripe *stripe, const struct db_rows *account)
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
	case STRIPE_UNKNOWN:
		problem(req, PROBLEM_STRIPE_ERROR, NULL);
		return NULL;
	}
	BUG("unknown result of Stripe");
}

/*
 * POST /v2/connect/accounts/{stripe_account_id}/onboarding-link -- go on where the form
 * was left.
 */
int
onboarding_link_create(struct req *req)
{
	const struct db_rows *account;
	struct stripe stripe;
	const char *url;

	if (req->conf->stripe_secret_key == NULL)
		return call_refuse(req, PROBLEM_STRIPE_NOT_CONFIGURED);
	account = call_begin(req, &connect_stmts[STMT_CONNECT_ACCOUNT_LINK],
	    DB_PARAMS(db_text(req_param(req, 0))));
	if (account == NULL)
		return req->status;
	stripe_init(&stripe, req->conf, req->arena, req->id);
	url = link_make(req, &stripe, account);
	if (url == NULL)
		return req->status;
	return onboarding_link_reply(req, url);
}
