#include "config.h"

#include <string.h>

#include "core/base/conf.h"
#include "core/upstream/validator.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "payments/payments.h"
#include "payments/stmt.h"
#include "payments/view.h"

/*
 * POST /v2/lifecycle/sync/{prop_account_id} -- take over where the validator
 * says that the account stands.  A validator that is down changes nothing: the
 * answer is the last known status.
 */
int
lifecycle_sync(struct req *req)
{
	enum validator_bucket bucket = VALIDATOR_BUCKET_UNKNOWN;
	const struct db_rows *account = call_begin(req, &payments_stmts[STMT_PROP_ACCOUNT_GET],
	    DB_PARAMS(db_text(req_param(req, 0))));
	const char *hotkey;

	if (account == NULL)
		return req->status;
	if (account->count == 0)
		return problem(req, PROBLEM_NOT_FOUND, NULL);
	hotkey = db_value(account, 0, "synthetic_hotkey");
	if (hotkey != NULL && req->conf->validator_base != NULL &&
	    validator_bucket(req->arena, req->conf, hotkey, req->conf->validator_request_timeout_ms,
		&bucket) != VALIDATOR_OK)
		bucket = VALIDATOR_BUCKET_UNKNOWN;
	account = call_settle(req, &payments_stmts[STMT_LIFECYCLE_APPLY],
	    DB_PARAMS(db_text(req_param(req, 0)), db_text(validator_bucket_name(bucket))));
	if (account == NULL)
		return req->status;
	return reply_row(req, 200, lifecycle_view, account);
}
