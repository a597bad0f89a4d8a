#include "config.h"

#include <stddef.h>

#include "core/web/call.h"
#include "core/web/req.h"
#include "journal/journal.h"
#include "journal/view.h"

#define PAYOUT_FIELDS \
	{ "id", NULL, VIEW_TEXT }, { "user_id", NULL, VIEW_TEXT }, \
	    { "account_id", NULL, VIEW_TEXT }, { "date", NULL, VIEW_TEXT }, \
	    { "total_amount", NULL, VIEW_NUMBER }, { "profit_split", NULL, VIEW_NUMBER }, \
	    { "traders_share", NULL, VIEW_NUMBER }, { "firms_share", NULL, VIEW_NUMBER }, \
	    { "status", NULL, VIEW_TEXT }, { "reference", NULL, VIEW_TEXT }, \
	    { "created_at", NULL, VIEW_TEXT }, \
	{ \
		"updated_at", NULL, VIEW_TEXT \
	}

#define PLACE_FIELDS \
	{ "account_number", NULL, VIEW_TEXT }, { "firm_id", NULL, VIEW_TEXT }, \
	{ \
		"firm_name", NULL, VIEW_TEXT \
	}

const struct view_field journal_payout_view[] = {
	PAYOUT_FIELDS,
	{ 0 },
};

const struct view_field journal_payout_list_view[] = {
	PAYOUT_FIELDS,
	PLACE_FIELDS,
	{ 0 },
};

const struct view_field journal_payout_sums_view[] = {
	PAYOUT_FIELDS,
	PLACE_FIELDS,
	{ "cumulative_total_amount", NULL, VIEW_NUMBER },
	{ "cumulative_traders_share", NULL, VIEW_NUMBER },
	{ "cumulative_total_amount_by_firm", NULL, VIEW_NUMBER },
	{ "cumulative_traders_share_by_firm", NULL, VIEW_NUMBER },
	{ "cumulative_total_amount_by_account", NULL, VIEW_NUMBER },
	{ "cumulative_traders_share_by_account", NULL, VIEW_NUMBER },
	{ 0 },
};

const struct view_field journal_account_view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "user_id", NULL, VIEW_TEXT },
	{ "account_number", NULL, VIEW_TEXT },
	{ "firm_id", NULL, VIEW_TEXT },
	{ "firm_name", NULL, VIEW_TEXT },
	{ "account_type", NULL, VIEW_TEXT },
	{ "account_size", NULL, VIEW_NUMBER },
	{ "net_pnl", NULL, VIEW_NUMBER },
	{ "status", NULL, VIEW_TEXT },
	{ "total_gross_payouts", NULL, VIEW_NUMBER },
	{ "total_net_payouts", NULL, VIEW_NUMBER },
	{ "balance", NULL, VIEW_NUMBER },
	{ "created_at", NULL, VIEW_TEXT },
	{ "updated_at", NULL, VIEW_TEXT },
	{ 0 },
};

const struct view_field journal_firm_view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "name", NULL, VIEW_TEXT },
	{ "accounts", NULL, VIEW_NUMBER },
	{ "payouts", NULL, VIEW_NUMBER },
	{ "total_gross_payouts", NULL, VIEW_NUMBER },
	{ "total_net_payouts", NULL, VIEW_NUMBER },
	{ 0 },
};

int
journal_page(struct req *req, const struct db_stmt *stmt, const struct view_field *view)
{
	const struct db_rows *rows;
	int64_t limit, offset;
	bool good = req_limit(req, JOURNAL_PAGE_ROWS, &limit);

	good = req_offset(req, &offset) && good;
	if (!good)
		return call_refuse_recorded(req);
	rows =
	    call_read(req, stmt, DB_PARAMS(db_int(req->arena, limit), db_int(req->arena, offset)));
	if (rows == NULL)
		return req->status;
	return reply_page(req, view, rows, limit, offset);
}
