/* Accounts of the journal. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "core/web/call.h"
#include "core/web/etag.h"
#include "core/web/req.h"
#include "journal/journal.h"

#define COLUMNS \
	"id, user_id, account_number, firm_id, firm_name, account_type, account_size," \
	" net_pnl, status, total_gross_payouts, total_net_payouts, balance, created_at, updated_at"

static const struct db_stmt list_stmt = { "journal.account_list",
	JOURNAL_PAGE("journal.account_v", COLUMNS, "created_at desc, id desc"), 2, 0 };
static const struct db_stmt create_stmt = { "journal.account_create",
	"select " COLUMNS ", etag from journal.account_create"
	"($1, $2, $3, $4::bigint, $5::bigint, $6)",
	6, 0 };
static const struct db_stmt get_stmt = { "journal.account_get",
	"select " COLUMNS ", etag from journal.account_v where id = $1::uuid", 1, 0 };
static const struct db_stmt update_stmt = { "journal.account_update",
	"select " COLUMNS ", etag from journal.account_update"
	"($1::uuid, $2, $3, $4, $5::bigint, $6::bigint, $7, $8)",
	8, 0 };
static const struct db_stmt delete_stmt = { "journal.account_delete",
	"select journal.account_delete($1::uuid, $2) as id", 2, 0 };
const struct db_stmt *const journal_account_stmts[] = { &list_stmt, &create_stmt, &get_stmt,
	&update_stmt, &delete_stmt, NULL };

static const struct view_field view[] = {
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

struct account {
	const char *account_number;
	const char *firm_name;
	const char *account_type;
	const char *status;
	struct field_number account_size; /* cents, as is net_pnl */
	struct field_number net_pnl;
};

#define IN(member) offsetof(struct account, member)

static const struct field create_fields[] = {
	{ "account_number", FIELD_TEXT, true, 1, LIMIT_NAME_CHARS, IN(account_number) },
	{ "firm_name", FIELD_TEXT, true, 1, LIMIT_NAME_CHARS, IN(firm_name) },
	{ "account_type", FIELD_TEXT, true, 0, LIMIT_NAME_CHARS, IN(account_type) },
	{ "account_size", FIELD_CENTS, true, 0, LIMIT_AMOUNT_CENTS, IN(account_size) },
	{ "net_pnl", FIELD_CENTS, false, -LIMIT_AMOUNT_CENTS, LIMIT_AMOUNT_CENTS, IN(net_pnl) },
	{ "status", FIELD_TEXT, false, 1, LIMIT_NAME_CHARS, IN(status) },
	{ 0 },
};

static const struct field update_fields[] = {
	{ "account_number", FIELD_TEXT, false, 1, LIMIT_NAME_CHARS, IN(account_number) },
	{ "firm_name", FIELD_TEXT, false, 1, LIMIT_NAME_CHARS, IN(firm_name) },
	{ "account_type", FIELD_TEXT, false, 0, LIMIT_NAME_CHARS, IN(account_type) },
	{ "account_size", FIELD_CENTS, false, 0, LIMIT_AMOUNT_CENTS, IN(account_size) },
	{ "net_pnl", FIELD_CENTS, false, -LIMIT_AMOUNT_CENTS, LIMIT_AMOUNT_CENTS, IN(net_pnl) },
	{ "status", FIELD_TEXT, false, 1, LIMIT_NAME_CHARS, IN(status) },
	{ 0 },
};

static void
check(struct req *req, const void *input)
{
	const char *type = ((const struct account *)input)->account_type;

	if (type != NULL && strcmp(type, "evaluation") != 0 && strcmp(type, "funded") != 0)
		problem_field(req, "account_type", "must be evaluation or funded");
}

const struct route_input journal_account_create_input = { create_fields, sizeof(struct account),
	check };
const struct route_input journal_account_update_input = { update_fields, sizeof(struct account),
	check };

/* GET /api/v1/accounts -- newest first. */
int
journal_account_list(struct req *req)
{
	return journal_page(req, &list_stmt, view);
}

/* POST /api/v1/accounts -- a firm is identified by its name, case-insensitively. */
int
journal_account_create(struct req *req)
{
	const struct account *in = req->input;
	const struct db_rows *account;

	account = call_settle(req, &create_stmt,
	    DB_PARAMS(db_text(in->account_number), db_text(in->firm_name),
		db_text(in->account_type), journal_number(req, &in->account_size),
		journal_number(req, &in->net_pnl), db_text(in->status)));
	if (account == NULL)
		return req->status;
	etag_add(req, db_value(account, 0, "etag"));
	return reply_data(req, 201, view, account);
}

/* GET /api/v1/accounts/{id} */
int
journal_account_get(struct req *req)
{
	const char *id = req_param_uuid(req, 0);
	const struct db_rows *account;

	if (id == NULL)
		return call_refuse_recorded(req);
	account = call_read_one(req, &get_stmt, DB_PARAMS(db_text(id)));
	if (account == NULL)
		return req->status;
	reply_data(req, 200, view, account);
	return etag_reply(req, db_value(account, 0, "etag"));
}

/* PUT /api/v1/accounts/{id} -- absent fields keep their values. */
int
journal_account_update(struct req *req)
{
	const struct account *in = req->input;
	const char *id = req_param_uuid(req, 0), *if_match;
	const struct db_rows *account;

	if (id == NULL || !etag_if_match(req, &if_match))
		return call_refuse_recorded(req);
	account = call_settle(req, &update_stmt,
	    DB_PARAMS(db_text(id), db_text(in->account_number), db_text(in->firm_name),
		db_text(in->account_type), journal_number(req, &in->account_size),
		journal_number(req, &in->net_pnl), db_text(in->status), db_text(if_match)));
	if (account == NULL)
		return req->status;
	etag_add(req, db_value(account, 0, "etag"));
	return reply_data(req, 200, view, account);
}

/* DELETE /api/v1/accounts/{id} -- refused while the account has payouts. */
int
journal_account_delete(struct req *req)
{
	const char *id = req_param_uuid(req, 0), *if_match;
	const struct db_rows *account;
	struct json_out out;

	if (id == NULL || !etag_if_match(req, &if_match))
		return call_refuse_recorded(req);
	account = call_settle(req, &delete_stmt, DB_PARAMS(db_text(id), db_text(if_match)));
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
