/* The status of a prop account, taken from the validator. */
#include "config.h"

#include <string.h>

#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/upstream/validator.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "payments/payments.h"

static const struct db_stmt target_stmt = { "payments.lifecycle_target",
	"select synthetic_hotkey, stripe_account from payments.prop_account_v where id = $1", 1,
	DB_PIPELINED };
static const struct db_stmt apply_stmt = { "payments.lifecycle_sync",
	"select id, status, subaccount_id, synthetic_hotkey"
	" from payments.lifecycle_sync($1, $2)",
	2, 0 };
const struct db_stmt *const payments_lifecycle_stmts[] = { &target_stmt, &apply_stmt, NULL };

static const struct view_field view[] = {
	{ "prop_account_id", "id", VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ "subaccount_id", NULL, VIEW_NUMBER },
	{ "synthetic_hotkey", NULL, VIEW_TEXT },
	{ 0 },
};

/*
 * POST /v2/lifecycle/sync/{prop_account_id} -- store and return the validator's
 * status of the account.  When the validator does not answer, the answer is the
 * last known status.
 */
int
payments_lifecycle_sync(struct req *req)
{
	enum validator_bucket bucket = VALIDATOR_BUCKET_UNKNOWN;
	const struct db_rows *account =
	    call_begin(req, &target_stmt, DB_PARAMS(db_text(req_param(req, 0))));
	struct credentials credentials;
	const char *hotkey;

	if (account == NULL)
		return req->status;
	if (account->count == 0)
		return problem(req, PROBLEM_NOT_FOUND, NULL);
	hotkey = db_value(account, 0, "synthetic_hotkey");
	credentials_get(req->conf->credentials, db_value(account, 0, "stripe_account"),
	    &credentials);
	if (hotkey != NULL && req->conf->validator_base != NULL &&
	    validator_bucket(req->arena, req->conf, credentials.validator_token, hotkey,
		req->conf->validator_request_timeout_ms, &bucket) != VALIDATOR_OK)
		bucket = VALIDATOR_BUCKET_UNKNOWN;
	account = call_settle(req, &apply_stmt,
	    DB_PARAMS(db_text(req_param(req, 0)), db_text(validator_bucket_name(bucket))));
	if (account == NULL)
		return req->status;
	return reply_row(req, 200, view, account);
}
