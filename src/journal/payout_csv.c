/* The journal as CSV: an export can be imported again, which changes nothing. */
#include "config.h"

#include <string.h>

#include "core/base/csv.h"
#include "core/json/json_out.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "journal/journal.h"

static const struct db_stmt export_stmt = { "journal.payout_csv_export",
	"select " JOURNAL_PAYOUT_COLUMNS " from journal.payout_csv_export"
	"($1::uuid, $2, $3, $4, $5::date, $6::date, $7::int)",
	7, DB_LONG };
static const struct db_stmt import_stmt = { "journal.payout_csv_import",
	"select line, field, message, wrong, import_id, imported, updated, unchanged, ids"
	" from journal.payout_csv_import($1::jsonb, $2::boolean, $3::boolean)",
	3, DB_LONG };
static const struct db_stmt undo_stmt = { "journal.payout_csv_undo",
	"select payouts_deleted, payouts_restored from journal.payout_csv_undo($1::uuid)", 1,
	DB_LONG };
const struct db_stmt *const journal_payout_csv_stmts[] = { &export_stmt, &import_stmt, &undo_stmt,
	NULL };

/* --- export ------------------------------------------------------------------------------- */

/* Columns of an export; text that users wrote is guarded against spreadsheets (csv.h). */
static const struct {
	const char *name;
	bool guarded;
} export_columns[] = {
	{ "id", false },
	{ "date", false },
	{ "account_id", false },
	{ "account_number", true },
	{ "firm_name", true },
	{ "total_amount", false },
	{ "profit_split", false },
	{ "traders_share", false },
	{ "firms_share", false },
	{ "status", false },
	{ "reference", true },
	{ "created_at", false },
	{ "updated_at", false },
};

#define EXPORT_COLUMNS (sizeof(export_columns) / sizeof(export_columns[0]))

static void
print_csv(struct req *req, const struct db_rows *payouts)
{
	int columns[EXPORT_COLUMNS];

	for (size_t i = 0; i < EXPORT_COLUMNS; i++) {
		columns[i] = db_column(payouts, export_columns[i].name);
		csv_write(&req->reply, export_columns[i].name, i == 0);
	}
	buf_str(&req->reply, "\r\n");
	for (int row = 0; row < payouts->count; row++) {
		for (size_t i = 0; i < EXPORT_COLUMNS; i++) {
			const char *cell = db_cell(payouts, row, columns[i]);

			cell = cell == NULL ? "" : cell;
			if (export_columns[i].guarded)
				csv_write_guarded(&req->reply, cell, i == 0);
			else
				csv_write(&req->reply, cell, i == 0);
		}
		buf_str(&req->reply, "\r\n");
	}
}

/* GET /api/v1/payouts/export.csv -- the payouts that match the list's filters, oldest first. */
int
journal_payout_csv_export(struct req *req)
{
	struct journal_filter filter;
	const struct db_rows *payouts;

	if (!journal_filter_read(req, &filter))
		return call_refuse_recorded(req);
	payouts = call_read(req, &export_stmt,
	    DB_PARAMS(db_text(filter.account_id), db_text(filter.firm), db_text(filter.status),
		db_text(filter.search), db_text(filter.start_date), db_text(filter.end_date),
		db_int(req->arena, LIMIT_CSV_ROWS)));
	if (payouts == NULL)
		return req->status;
	buf_init(&req->reply, req->arena, LIMIT_EXPORT_BYTES);
	if (payouts->count <= LIMIT_CSV_ROWS)
		print_csv(req, payouts);
	if (payouts->count > LIMIT_CSV_ROWS || req->reply.overflow)
		return problem(req, PROBLEM_VALIDATION,
		    "more than %d payouts or %d bytes: choose a part by start_date and end_date",
		    LIMIT_CSV_ROWS, LIMIT_EXPORT_BYTES);
	req->content_type = "text/csv; charset=utf-8";
	req->disposition = "attachment; filename=\"payouts.csv\"";
	return req->status = 200;
}

/* --- import ------------------------------------------------------------------------------- */

/* Only `?dry_run=true`: anything else may have been meant to change what the import does. */
static bool
read_dry_run(struct req *req, bool *dry_run)
{
	const char *text = req_query(req, "dry_run");

	*dry_run = text != NULL && strcmp(text, "true") == 0;
	if (text != NULL && !*dry_run)
		problem_field(req, "dry_run", "must be true, or absent");
	for (size_t i = 0; i < req->query_count; i++) {
		if (strcmp(req->query[i].name, "dry_run") != 0)
			problem_field(req, req->query[i].name,
			    "is no parameter of an import, which has dry_run only");
	}
	return req->status == 0;
}

/* Records the mistakes of the file and those that the database found, by line. */
static int
mistakes_reply(struct req *req, const struct journal_import *import, const struct db_rows *rows)
{
	size_t i = 0;
	int row = 0;

	while (i < import->mistake_count || row < rows->count) {
		const struct problem_field *mistake = &import->mistakes[i];

		if (row == rows->count ||
		    (i < import->mistake_count &&
			mistake->line <= db_value_int(rows, row, "line"))) {
			problem_line(req, mistake->line, mistake->field, "%s", mistake->message);
			i++;
		} else {
			problem_line(req, db_value_int(rows, row, "line"),
			    db_value(rows, row, "field"), "%s", db_value(rows, row, "message"));
			row++;
		}
	}
	return problem_lines_end(req,
	    import->wrong + (rows->count == 0 ? 0 : db_value_int(rows, 0, "wrong")));
}

/* {"data":{"import_id","imported","updated","unchanged","ids","ignored_columns"}} */
static int
import_reply(struct req *req, const struct journal_import *import, const struct db_rows *done)
{
	const char *import_id = db_value(done, 0, "import_id");
	struct json_out out;

	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_object(&out, "data");
	json_out_text(&out, "import_id", import_id);
	json_out_raw(&out, "imported", db_value(done, 0, "imported"));
	json_out_raw(&out, "updated", db_value(done, 0, "updated"));
	json_out_raw(&out, "unchanged", db_value(done, 0, "unchanged"));
	json_out_compact(&out, "ids", db_value(done, 0, "ids"));
	json_out_array(&out, "ignored_columns");
	for (size_t i = 0; i < import->ignored_count; i++)
		json_out_text(&out, NULL, import->ignored[i]);
	json_out_finish(&out);
	return req->status = import_id == NULL ? 200 : 201;
}

/* POST /api/v1/payouts/import -- all lines or none; every wrong line is reported. */
int
journal_payout_csv_import(struct req *req)
{
	struct journal_import import = { .req = req };
	const struct db_rows *rows;
	bool dry_run;

	if (!read_dry_run(req, &dry_run) || !journal_payout_csv_read(&import))
		return call_refuse_recorded(req);
	rows = call_settle(req, &import_stmt,
	    DB_PARAMS(db_text(import.lines.data), db_bool(import.wrong == 0), db_bool(dry_run)));
	if (rows == NULL)
		return req->status;
	if (import.wrong > 0 || db_value(rows, 0, "line") != NULL)
		return mistakes_reply(req, &import, rows);
	return import_reply(req, &import, rows);
}

/* DELETE /api/v1/payouts/imports/{import_id} -- what the import made and changed is as before. */
int
journal_payout_csv_undo(struct req *req)
{
	const char *id = req_param_uuid(req, 0);
	const struct db_rows *undone;
	struct json_out out;

	if (id == NULL)
		return call_refuse_recorded(req);
	undone = call_settle(req, &undo_stmt, DB_PARAMS(db_text(id)));
	if (undone == NULL)
		return req->status;
	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_object(&out, "data");
	json_out_text(&out, "import_id", id);
	json_out_bool(&out, "deleted", true);
	json_out_raw(&out, "payouts_deleted", db_value(undone, 0, "payouts_deleted"));
	json_out_raw(&out, "payouts_restored", db_value(undone, 0, "payouts_restored"));
	json_out_bool(&out, "account_totals_updated", true);
	json_out_finish(&out);
	return req->status = 200;
}
