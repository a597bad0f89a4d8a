/* Tiers: what the tenant sells. */
#include "config.h"

#include "core/web/call.h"
#include "core/web/reply.h"
#include "core/web/req.h"
#include "payments/payments.h"

static const struct db_stmt list_stmt = { "payments.tier_list",
	"select tier_id, market, asset_class, account_size, amount_cents, currency"
	" from payments.tier_v where $2::text is null"
	" or tier_id > (select v.tier_id from payments.tier_v v where v.tier_id = $2)"
	" order by tier_id limit $1::int",
	2, DB_PIPELINED };
const struct db_stmt *const payments_tier_stmts[] = { &list_stmt, NULL };

static const struct view_field view[] = {
	{ "tier_id", NULL, VIEW_TEXT },
	{ "market", NULL, VIEW_TEXT },
	{ "asset_class", NULL, VIEW_TEXT },
	{ "account_size", NULL, VIEW_NUMBER },
	{ "amount_cents", NULL, VIEW_NUMBER },
	{ "currency", NULL, VIEW_TEXT },
	{ 0 },
};

/* GET /v2/payments/tiers -- by id; each row is what a checkout of the tier must say. */
int
payments_tier_list(struct req *req)
{
	const struct db_rows *tiers;
	struct req_page page;

	if (!req_page(req, "", &page))
		return call_refuse_recorded(req);
	tiers = call_read(req, &list_stmt,
	    DB_PARAMS(db_int(req->arena, page.limit + 1), db_text(page.after)));
	if (tiers == NULL)
		return req->status;
	return reply_list(req, view, tiers, page.limit);
}
