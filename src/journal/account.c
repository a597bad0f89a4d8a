#include "config.h"

#include <stddef.h>
#include <string.h>

#include "core/web/call.h"
#include "core/web/req.h"
#include "journal/journal.h"
#include "journal/stmt.h"
#include "journal/view.h"

#define IN(member) offsetof(struct journal_account_input, member)

const struct field journal_account_create_fields[] = {
	{ "account_number", FIELD_TEXT, true, 1, LIMIT_NAME_CHARS, IN(account_number) },
	{ "firm_name", FIELD_TEXT, true, 1, LIMIT_NAME_CHARS, IN(firm_name) },
	{ "account_type", FIELD_TEXT, true, 0, LIMIT_NAME_CHARS, IN(account_type) },
	{ "account_size", FIELD_CENTS, true, 0, LIMIT_AMOUNT_CENTS, IN(account_size) },
	{ "net_pnl", FIELD_CENTS, false, -LIMIT_AMOUNT_CENTS, LIMIT_AMOUNT_CENTS, IN(net_pnl) },
	{ "status", FIELD_TEXT, false, 1, LIMIT_NAME_CHARS, IN(status) },
	{ 0 },
};

const struct field journal_account_update_fields[] = {
	{ "account_number", FIELD_TEXT, false, 1, LIMIT_NAME_CHARS, IN(account_number) },
	{ "firm_name", FIELD_TEXT, false, 1, LIMIT_NAME_CHARS, IN(firm_name) },
	{ "account_type", FIELD_TEXT, false, 0, LIMIT_NAME_CHARS, IN(account_type) },
	{ "account_size", FIELD_CENTS, false, 0, LIMIT_AMOUNT_CENTS, IN(account_size) },
	{ "net_pnl", FIELD_CENTS, false, -LIMIT_AMOUNT_CENTS, LIMIT_AMOUNT_CENTS, IN(net_pnl) },
	{ "status", FIELD_TEXT, false, 1, LIMIT_NAME_CHARS, IN(status) },
	{ 0 },
};

static bool
type_check(struct req *req, const char *type)
{
	if (type == NULL || strcmp(type, "evaluation") == 0 || strcmp(type, "funded") == 0)
		return true;
	problem_field(req, "account_type", "must be evaluation or funded");
	return false;
}

/* GET /api/v1/accounts -- newest first. */
int
journal_account_list(struct req *req)
{
	return journal_page(req, &journal_stmts[STMT_JOURNAL_ACCOUNT_LIST], journal_account_view);
}

/* POST /api/v1/accounts -- a firm is known by its name, in any case. */
int
journal_account_create(struct req *req)
{
	const struct journal_account_input *in = req->input;
	const struct db_rows *account;

	if (!type_check(req, in->account_type))
		return call_refuse_recorded(req);
	account = call_settle(req, &journal_stmts[STMT_JOURNAL_ACCOUNT_CREATE],
	    DB_PARAMS(db_text(in->account_number), db_text(in->firm_name),
		db_text(in->account_type), journal_number(req, &in->account_size),
		journal_number(req, &in->net_pnl), db_text(in->status)));
	if (account == NULL)
		return req->status;
	return reply_data(req, 201, journal_account_view, account);
}

/* GET /api/v1/accounts/{id} */
int
journal_account_get(struct req *req)
{
	const char *id = req_param_uuid(req, 0);
	const struct db_rows *account;

	if (id == NULL)
		return call_refuse_recorded(req);
	account =
	    call_read_one(req, &journal_stmts[STMT_JOURNAL_ACCOUNT_GET], DB_PARAMS(db_text(id)));
	if (account == NULL)
		return req->status;
	return reply_data(req, 200, journal_account_view, account);
}

/* PUT /api/v1/accounts/{id} -- what is absent stays. */
int
journal_account_update(struct req *req)
{
	const struct journal_account_input *in = req->input;
	const char *id = req_param_uuid(req, 0);
	const struct db_rows *account;

	if (id == NULL || !type_check(req, in->account_type))
		return call_refuse_recorded(req);
	account = call_settle(req, &journal_stmts[STMT_JOURNAL_ACCOUNT_UPDATE],
	    DB_PARAMS(db_text(id), db_text(in->account_number), db_text(in->firm_name),
		db_text(in->account_type), journal_number(req, &in->account_size),
		journal_number(req, &in->net_pnl), db_text(in->status)));
	if (account == NULL)
		return req->status;
	return reply_data(req, 200, journal_account_view, account);
}

/* DELETE /api/v1/accounts/{id} -- only one without payouts. */
int
journal_account_delete(struct req *req)
{
	const char *id = req_param_uuid(req, 0);
	const struct db_rows *account;
	struct json_out out;

	if (id == NULL)
		return call_refuse_recorded(req);
	account =
	    call_settle(req, &journal_stmts[STMT_JOURNAL_ACCOUNT_DELETE], DB_PARAMS(db_text(id)));
	if (account == NULL)
		return req->status;
	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_object(&out, "data");
	json_out_text(&out, "id", db_value(account, 0, "id"));
	json_out_bool(&out, "deleted", true);
	json_out_finish(&out);
	return req->status = 200;
}
