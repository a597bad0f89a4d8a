#include "config.h"

#include <stddef.h>

#include "core/web/call.h"
#include "core/web/req.h"
#include "payments/limits.h"
#include "payments/payments.h"
#include "payments/stmt.h"
#include "payments/view.h"

const struct field free_fields[] = {
	{ "tier_id", FIELD_TEXT, true, 1, LIMIT_TIER_CHARS, offsetof(struct free_input, tier_id) },
	{ "asset_class", FIELD_TEXT, true, 1, LIMIT_WORD_CHARS,
	    offsetof(struct free_input, asset_class) },
	{ "account_size", FIELD_INT, true, 1, LIMIT_ACCOUNT_SIZE,
	    offsetof(struct free_input, account_size) },
	{ 0 },
};

/* POST /v2/payments/free -- an account of a tier that costs nothing; purser-jobs provisions it. */
int
free_create(struct req *req)
{
	const struct free_input *in = req->input;
	const struct db_rows *account;

	account = call_settle(req, &payments_stmts[STMT_FREE_CREATE],
	    DB_PARAMS(db_text(in->tier_id), db_text(in->asset_class),
		db_int(req->arena, in->account_size)));
	if (account == NULL)
		return req->status;
	req->ring = true;
	return reply_row(req, 200, prop_account_view, account);
}
