/* A payment as clients see it. */
#include "config.h"

#include "core/web/call.h"
#include "core/web/req.h"
#include "payments/payments.h"

static const struct db_stmt get_stmt = { "payments.payment_get",
	"select id, stripe_payment_intent_id, amount_cents, currency, status, tier_id,"
	" market, prop_account_id from payments.payment_v where id = $1",
	1, DB_PIPELINED };
const struct db_stmt *const payments_payment_stmts[] = { &get_stmt, NULL };

static const struct view_field view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "stripe_payment_intent_id", NULL, VIEW_TEXT },
	{ "amount_cents", NULL, VIEW_NUMBER },
	{ "currency", NULL, VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ "tier_id", NULL, VIEW_TEXT },
	{ "market", NULL, VIEW_TEXT },
	{ "prop_account_id", NULL, VIEW_TEXT },
	{ 0 },
};

/* GET /v2/payments/{payment_id} */
int
payments_payment_get(struct req *req)
{
	const struct db_rows *payment =
	    call_read_one(req, &get_stmt, DB_PARAMS(db_text(req_param(req, 0))));

	if (payment == NULL)
		return req->status;
	return reply_row(req, 200, view, payment);
}
