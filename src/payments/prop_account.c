/* Prop accounts as clients see them. */
#include "config.h"

#include "core/web/call.h"
#include "core/web/req.h"
#include "payments/payments.h"

static const struct db_stmt list_stmt = { "payments.prop_account_list",
	"select " PROP_ACCOUNT_COLUMNS
	" from payments.prop_account_v where true" DB_NEWEST_FIRST("payments.prop_account_v"),
	2, DB_PIPELINED };
static const struct db_stmt failed_stmt = { "payments.prop_account_failed",
	"select " PROP_ACCOUNT_COLUMNS " from payments.prop_account_v"
	" where status = 'subaccount_failed'" DB_NEWEST_FIRST("payments.prop_account_v"),
	2, DB_PIPELINED };
static const struct db_stmt get_stmt = { "payments.prop_account_get",
	"select " PROP_ACCOUNT_COLUMNS " from payments.prop_account_v where id = $1", 1,
	DB_PIPELINED };
const struct db_stmt *const payments_prop_account_stmts[] = { &list_stmt, &failed_stmt, &get_stmt,
	NULL };

const struct view_field payments_prop_account_view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "tier_id", NULL, VIEW_TEXT },
	{ "asset_class", NULL, VIEW_TEXT },
	{ "account_size", NULL, VIEW_NUMBER },
	{ "status", NULL, VIEW_TEXT },
	{ "subaccount_id", NULL, VIEW_NUMBER },
	{ "subaccount_uuid", NULL, VIEW_TEXT },
	{ "synthetic_hotkey", NULL, VIEW_TEXT },
	{ "stripe_payment_intent_id", NULL, VIEW_TEXT },
	{ 0 },
};

/* A page, newest first, at `limit` and `starting_after`. */
static int
page(struct req *req, const struct db_stmt *stmt)
{
	const struct db_rows *accounts;
	struct req_page page;

	if (!req_page(req, "prop_", &page))
		return call_refuse_recorded(req);
	accounts = call_read(req, stmt,
	    DB_PARAMS(db_int(req->arena, page.limit + 1), db_text(page.after)));
	if (accounts == NULL)
		return req->status;
	return reply_list(req, payments_prop_account_view, accounts, page.limit);
}

/* GET /v2/payments/prop-accounts */
int
payments_prop_account_list(struct req *req)
{
	return page(req, &list_stmt);
}

/* GET /v2/payments/prop-accounts/failed -- paid or free, but the provider made no subaccount. */
int
payments_prop_account_failed(struct req *req)
{
	return page(req, &failed_stmt);
}

/* GET /v2/payments/prop-accounts/{id} */
int
payments_prop_account_get(struct req *req)
{
	const struct db_rows *account =
	    call_read_one(req, &get_stmt, DB_PARAMS(db_text(req_param(req, 0))));

	if (account == NULL)
		return req->status;
	return reply_row(req, 200, payments_prop_account_view, account);
}
