/* Payouts of the journal. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "core/base/text.h"
#include "core/web/call.h"
#include "core/web/etag.h"
#include "core/web/req.h"
#include "journal/journal.h"

static const struct db_stmt list_stmt = { "journal.payout_list",
	"select l.total, (l.payout).*, l.cumulative_total_amount,"
	" l.cumulative_traders_share, l.cumulative_total_amount_by_firm,"
	" l.cumulative_traders_share_by_firm, l.cumulative_total_amount_by_account,"
	" l.cumulative_traders_share_by_account"
	" from journal.payout_list($1::bigint, $2::bigint, $3::uuid, $4, $5, $6,"
	" $7::date, $8::date, $9::boolean) as l",
	9, 0 };
static const struct db_stmt create_stmt = { "journal.payout_create",
	"select " JOURNAL_PAYOUT_COLUMNS ", etag from journal.payout_create"
	"($1::date, $2::bigint, $3::uuid, $4::int, $5, $6)",
	6, 0 };
static const struct db_stmt get_stmt = { "journal.payout_get",
	"select " JOURNAL_PAYOUT_COLUMNS ", etag from journal.payout_v where id = $1::uuid", 1, 0 };
static const struct db_stmt update_stmt = { "journal.payout_update",
	"select " JOURNAL_PAYOUT_COLUMNS ", etag from journal.payout_update"
	"($1::uuid, $2::date, $3::bigint, $4::int, $5, $6, $7)",
	7, 0 };
static const struct db_stmt delete_stmt = { "journal.payout_delete",
	"select $1::uuid as payout_id, id, total_gross_payouts, total_net_payouts,"
	" balance from journal.payout_delete($1::uuid, $2)",
	2, 0 };
const struct db_stmt *const journal_payout_stmts[] = { &list_stmt, &create_stmt, &get_stmt,
	&update_stmt, &delete_stmt, NULL };

/* clang-format off */
#define PAYOUT_FIELDS \
	{ "id", NULL, VIEW_TEXT }, \
	{ "user_id", NULL, VIEW_TEXT }, \
	{ "account_id", NULL, VIEW_TEXT }, \
	{ "date", NULL, VIEW_TEXT }, \
	{ "total_amount", NULL, VIEW_NUMBER }, \
	{ "profit_split", NULL, VIEW_NUMBER }, \
	{ "traders_share", NULL, VIEW_NUMBER }, \
	{ "firms_share", NULL, VIEW_NUMBER }, \
	{ "status", NULL, VIEW_TEXT }, \
	{ "reference", NULL, VIEW_TEXT }, \
	{ "created_at", NULL, VIEW_TEXT }, \
	{ "updated_at", NULL, VIEW_TEXT }, \
	{ "account_number", NULL, VIEW_TEXT }, \
	{ "firm_id", NULL, VIEW_TEXT }, \
	{ "firm_name", NULL, VIEW_TEXT }
/* clang-format on */

static const struct view_field view[] = {
	PAYOUT_FIELDS,
	{ 0 },
};

static const struct view_field sums_view[] = {
	PAYOUT_FIELDS,
	{ "cumulative_total_amount", NULL, VIEW_NUMBER },
	{ "cumulative_traders_share", NULL, VIEW_NUMBER },
	{ "cumulative_total_amount_by_firm", NULL, VIEW_NUMBER },
	{ "cumulative_traders_share_by_firm", NULL, VIEW_NUMBER },
	{ "cumulative_total_amount_by_account", NULL, VIEW_NUMBER },
	{ "cumulative_traders_share_by_account", NULL, VIEW_NUMBER },
	{ 0 },
};

struct payout {
	const char *date;
	const char *account_id;
	const char *status;
	const char *reference;            /* "" = none */
	struct field_number total_amount; /* cents */
	struct field_number profit_split; /* hundredths of a percent */
};

#define IN(member) offsetof(struct payout, member)

static const struct field create_fields[] = {
	{ "date", FIELD_DATE, true, 0, 0, IN(date) },
	{ "total_amount", FIELD_CENTS, true, 1, LIMIT_AMOUNT_CENTS, IN(total_amount) },
	{ "account_id", FIELD_UUID, true, 0, 0, IN(account_id) },
	{ "profit_split", FIELD_CENTS, true, 0, LIMIT_SPLIT_HUNDREDTHS, IN(profit_split) },
	{ "status", FIELD_TEXT, true, 0, LIMIT_NAME_CHARS, IN(status) },
	{ "reference", FIELD_CLEARABLE, false, 0, LIMIT_REFERENCE_CHARS, IN(reference) },
	{ 0 },
};

static const struct field update_fields[] = {
	{ "date", FIELD_DATE, false, 0, 0, IN(date) },
	{ "total_amount", FIELD_CENTS, false, 1, LIMIT_AMOUNT_CENTS, IN(total_amount) },
	{ "account_id", FIELD_FIXED, false, 0, 0, 0 },
	{ "profit_split", FIELD_CENTS, false, 0, LIMIT_SPLIT_HUNDREDTHS, IN(profit_split) },
	{ "status", FIELD_TEXT, false, 0, LIMIT_NAME_CHARS, IN(status) },
	{ "reference", FIELD_CLEARABLE, false, 0, LIMIT_REFERENCE_CHARS, IN(reference) },
	{ 0 },
};

static void
check(struct req *req, const void *input)
{
	const struct payout *in = input;

	if (in->status != NULL && !journal_status_known(in->status))
		problem_field(req, "status", "must be " JOURNAL_STATUSES);
}

const struct route_input journal_payout_create_input = { create_fields, sizeof(struct payout),
	check };
const struct route_input journal_payout_update_input = { update_fields, sizeof(struct payout),
	check };

/* False = a problem was recorded. */
static bool
read_cumulative(struct req *req, bool *cumulative)
{
	const char *text = req_query(req, "include_cumulative");

	*cumulative = text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
	if (text == NULL || *cumulative || strcmp(text, "false") == 0 || strcmp(text, "0") == 0)
		return true;
	problem_field(req, "include_cumulative", "must be true or false");
	return false;
}

/*
 * GET /api/v1/payouts -- a page, newest first, with the number of all payouts that
 * match the filters.  Cumulative values are computed over the whole history, whatever
 * the filters (journal.payout_list).
 */
int
journal_payout_list(struct req *req)
{
	struct journal_filter filter;
	const struct db_rows *rows;
	int64_t limit, offset;
	bool cumulative;
	bool good = req_limit(req, JOURNAL_PAGE_ROWS, &limit);

	good = req_offset(req, &offset) && good;
	good = read_cumulative(req, &cumulative) && good;
	good = journal_filter_read(req, &filter) && good;
	if (!good)
		return call_refuse_recorded(req);
	rows = call_read(req, &list_stmt,
	    DB_PARAMS(db_int(req->arena, limit), db_int(req->arena, offset),
		db_text(filter.account_id), db_text(filter.firm), db_text(filter.status),
		db_text(filter.search), db_text(filter.start_date), db_text(filter.end_date),
		db_bool(cumulative)));
	if (rows == NULL)
		return req->status;
	return reply_page(req, cumulative ? sums_view : view, rows, limit, offset);
}

/* POST /api/v1/payouts */
int
journal_payout_create(struct req *req)
{
	const struct payout *in = req->input;
	const struct db_rows *payout;

	payout = call_settle(req, &create_stmt,
	    DB_PARAMS(db_text(in->date), journal_number(req, &in->total_amount),
		db_text(in->account_id), journal_number(req, &in->profit_split),
		db_text(in->status), db_text(in->reference)));
	if (payout == NULL)
		return req->status;
	etag_add(req, db_value(payout, 0, "etag"));
	return reply_data(req, 201, view, payout);
}

/* GET /api/v1/payouts/{id} */
int
journal_payout_get(struct req *req)
{
	const char *id = req_param_uuid(req, 0);
	const struct db_rows *payout;

	if (id == NULL)
		return call_refuse_recorded(req);
	payout = call_read_one(req, &get_stmt, DB_PARAMS(db_text(id)));
	if (payout == NULL)
		return req->status;
	reply_data(req, 200, view, payout);
	return etag_reply(req, db_value(payout, 0, "etag"));
}

/* PUT /api/v1/payouts/{id} -- absent fields keep their values; shares are recomputed. */
int
journal_payout_update(struct req *req)
{
	const struct payout *in = req->input;
	const char *id = req_param_uuid(req, 0), *if_match;
	const struct db_rows *payout;

	if (id == NULL || !etag_if_match(req, &if_match))
		return call_refuse_recorded(req);
	payout = call_settle(req, &update_stmt,
	    DB_PARAMS(db_text(id), db_text(in->date), journal_number(req, &in->total_amount),
		journal_number(req, &in->profit_split), db_text(in->status), db_text(in->reference),
		db_text(if_match)));
	if (payout == NULL)
		return req->status;
	etag_add(req, db_value(payout, 0, "etag"));
	return reply_data(req, 200, view, payout);
}

/* {"data":{"id","deleted","account_totals_updated","account":{"id", its totals}}} */
static int
deleted_reply(struct req *req, const char *id, const struct db_rows *account)
{
	struct json_out out;

	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_object(&out, "data");
	json_out_text(&out, "id", id);
	json_out_bool(&out, "deleted", true);
	json_out_bool(&out, "account_totals_updated", true);
	json_out_object(&out, "account");
	json_out_text(&out, "id", db_value(account, 0, "id"));
	json_out_raw(&out, "total_gross_payouts", db_value(account, 0, "total_gross_payouts"));
	json_out_raw(&out, "total_net_payouts", db_value(account, 0, "total_net_payouts"));
	json_out_raw(&out, "balance", db_value(account, 0, "balance"));
	json_out_finish(&out);
	return req->status = 200;
}

/* DELETE /api/v1/payouts/{id} */
int
journal_payout_delete(struct req *req)
{
	const char *id = req_param_uuid(req, 0), *if_match;
	const struct db_rows *account;

	if (id == NULL || !etag_if_match(req, &if_match))
		return call_refuse_recorded(req);
	account = call_settle(req, &delete_stmt, DB_PARAMS(db_text(id), db_text(if_match)));
	if (account == NULL)
		return req->status;
	return deleted_reply(req, db_value(account, 0, "payout_id"), account);
}
