#include "config.h"

#include <stddef.h>
#include <string.h>

#include "core/base/text.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "journal/journal.h"
#include "journal/stmt.h"
#include "journal/view.h"

#define IN(member) offsetof(struct journal_payout_input, member)

const struct field journal_payout_create_fields[] = {
	{ "date", FIELD_DATE, true, 0, 0, IN(date) },
	{ "total_amount", FIELD_CENTS, true, 1, LIMIT_AMOUNT_CENTS, IN(total_amount) },
	{ "account_id", FIELD_UUID, true, 0, 0, IN(account_id) },
	{ "profit_split", FIELD_CENTS, true, 0, LIMIT_SPLIT_HUNDREDTHS, IN(profit_split) },
	{ "status", FIELD_TEXT, true, 0, LIMIT_NAME_CHARS, IN(status) },
	{ "reference", FIELD_CLEARABLE, false, 0, LIMIT_REFERENCE_CHARS, IN(reference) },
	{ 0 },
};

const struct field journal_payout_update_fields[] = {
	{ "date", FIELD_DATE, false, 0, 0, IN(date) },
	{ "total_amount", FIELD_CENTS, false, 1, LIMIT_AMOUNT_CENTS, IN(total_amount) },
	{ "account_id", FIELD_FIXED, false, 0, 0, 0 },
	{ "profit_split", FIELD_CENTS, false, 0, LIMIT_SPLIT_HUNDREDTHS, IN(profit_split) },
	{ "status", FIELD_TEXT, false, 0, LIMIT_NAME_CHARS, IN(status) },
	{ "reference", FIELD_CLEARABLE, false, 0, LIMIT_REFERENCE_CHARS, IN(reference) },
	{ 0 },
};

/* false = a problem was recorded. */
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
 * GET /api/v1/payouts -- a page, newest first, with the number of all that the
 * filters let through.  Cumulative values run over the whole history whatever
 * the filters; journal.payout_list says how.
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
	rows = call_read(req, &journal_stmts[STMT_JOURNAL_PAYOUT_LIST],
	    DB_PARAMS(db_int(req->arena, limit), db_int(req->arena, offset),
		db_text(filter.account_id), db_text(filter.firm), db_text(filter.status),
		db_text(filter.search), db_text(filter.start_date), db_text(filter.end_date),
		db_bool(cumulative)));
	if (rows == NULL)
		return req->status;
	return reply_page(req, cumulative ? journal_payout_sums_view : journal_payout_list_view,
	    rows, limit, offset);
}

/* POST /api/v1/payouts */
int
journal_payout_create(struct req *req)
{
	const struct journal_payout_input *in = req->input;
	const struct db_rows *payout;

	if (!journal_status_check(req, in->status))
		return call_refuse_recorded(req);
	payout = call_settle(req, &journal_stmts[STMT_JOURNAL_PAYOUT_CREATE],
	    DB_PARAMS(db_text(in->date), journal_number(req, &in->total_amount),
		db_text(in->account_id), journal_number(req, &in->profit_split),
		db_text(in->status), db_text(in->reference)));
	if (payout == NULL)
		return req->status;
	return reply_data(req, 201, journal_payout_view, payout);
}

/* GET /api/v1/payouts/{id} */
int
journal_payout_get(struct req *req)
{
	const char *id = req_param_uuid(req, 0);
	const struct db_rows *payout;

	if (id == NULL)
		return call_refuse_recorded(req);
	payout =
	    call_read_one(req, &journal_stmts[STMT_JOURNAL_PAYOUT_GET], DB_PARAMS(db_text(id)));
	if (payout == NULL)
		return req->status;
	return reply_data(req, 200, journal_payout_list_view, payout);
}

/* PUT /api/v1/payouts/{id} -- what is absent stays; shares are computed again. */
int
journal_payout_update(struct req *req)
{
	const struct journal_payout_input *in = req->input;
	const char *id = req_param_uuid(req, 0);
	const struct db_rows *payout;

	if (id == NULL || !journal_status_check(req, in->status))
		return call_refuse_recorded(req);
	payout = call_settle(req, &journal_stmts[STMT_JOURNAL_PAYOUT_UPDATE],
	    DB_PARAMS(db_text(id), db_text(in->date), journal_number(req, &in->total_amount),
		journal_number(req, &in->profit_split), db_text(in->status),
		db_text(in->reference)));
	if (payout == NULL)
		return req->status;
	return reply_data(req, 200, journal_payout_view, payout);
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
	const char *id = req_param_uuid(req, 0);
	const struct db_rows *account;

	if (id == NULL)
		return call_refuse_recorded(req);
	account =
	    call_settle(req, &journal_stmts[STMT_JOURNAL_PAYOUT_DELETE], DB_PARAMS(db_text(id)));
	if (account == NULL)
		return req->status;
	return deleted_reply(req, db_value(account, 0, "payout_id"), account);
}
