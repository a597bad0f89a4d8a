/* Free accounts. */
#include "config.h"

#include <stddef.h>

#include "core/web/call.h"
#include "core/web/req.h"
#include "payments/payments.h"

static const struct db_stmt create_stmt = { "payments.free_create",
	"select " PROP_ACCOUNT_COLUMNS " from payments.free_create($1, $2, $3::bigint)", 3, 0 };
const struct db_stmt *const payments_free_stmts[] = { &create_stmt, NULL };

struct free_account {
	const char *tier_id;
	const char *asset_class;
	int64_t account_size; /* whole USD */
};

static const struct field fields[] = {
	{ "tier_id", FIELD_TEXT, true, 1, LIMIT_TIER_CHARS,
	    offsetof(struct free_account, tier_id) },
	{ "asset_class", FIELD_TEXT, true, 1, LIMIT_WORD_CHARS,
	    offsetof(struct free_account, asset_class) },
	{ "account_size", FIELD_INT, true, 1, LIMIT_ACCOUNT_SIZE,
	    offsetof(struct free_account, account_size) },
	{ 0 },
};

const struct route_input payments_free_create_input = { fields, sizeof(struct free_account), NULL };

/* POST /v2/payments/free -- an account of a tier that costs nothing; purser-jobs provisions it. */
int
payments_free_create(struct req *req)
{
	const struct free_account *in = req->input;
	const struct db_rows *account;

	account = call_settle(req, &create_stmt,
	    DB_PARAMS(db_text(in->tier_id), db_text(in->asset_class),
		db_int(req->arena, in->account_size)));
	if (account == NULL)
		return req->status;
	req->wakes_jobs = true;
	return reply_row(req, 200, payments_prop_account_view, account);
}
