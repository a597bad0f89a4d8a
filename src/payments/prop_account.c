#include "config.h"

#include "core/web/call.h"
#include "core/web/req.h"
#include "payments/payments.h"
#include "payments/stmt.h"
#include "payments/view.h"

/* Newest first; `limit` and `starting_after` page through (contract section 0). */
static int
list(struct req *req, enum payments_stmt stmt)
{
	const struct db_rows *accounts;
	int64_t limit;

	if (!req_limit(req, LIMIT_PAGE_ROWS, &limit))
		return call_refuse_recorded(req);
	accounts = call_read(req, &payments_stmts[stmt],
	    DB_PARAMS(db_int(req->arena, limit), db_text(req_query(req, "starting_after"))));
	if (accounts == NULL)
		return req->status;
	return reply_rows(req, 200, prop_account_view, accounts);
}

/* GET /v2/payments/prop-accounts */
int
prop_account_list(struct req *req)
{
	return list(req, STMT_PROP_ACCOUNT_LIST);
}

/* GET /v2/payments/prop-accounts/failed -- paid or granted, but the provider gave no subaccount. */
int
prop_account_failed(struct req *req)
{
	return list(req, STMT_PROP_ACCOUNT_FAILED);
}

/* GET /v2/payments/prop-accounts/{id} */
int
prop_account_get(struct req *req)
{
	const struct db_rows *account = call_read_one(req, &payments_stmts[STMT_PROP_ACCOUNT_GET],
	    DB_PARAMS(db_text(req_param(req, 0))));

	if (account == NULL)
		return req->status;
	return reply_row(req, 200, prop_account_view, account);
}
