/*
 * The journal as CSV: an export can be imported again.  An import recognizes its
 * columns by their names in the first line, in any order, and ignores all other
 * columns.
 */
#include "config.h"

#include <string.h>

#include "core/base/csv.h"
#include "core/base/text.h"
#include "core/json/json_out.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "journal/journal.h"

static const struct db_stmt export_stmt = { "journal.payout_csv_export",
	"select " JOURNAL_PAYOUT_LIST_COLUMNS " from journal.payout_csv_export"
	"($1::uuid, $2, $3, $4, $5::date, $6::date, $7::int)",
	7, 0 };
static const struct db_stmt import_stmt = { "journal.payout_csv_import",
	"select line, field, message, id from journal.payout_csv_import($1::jsonb)", 1, 0 };
const struct db_stmt *const journal_payout_csv_stmts[] = { &export_stmt, &import_stmt, NULL };

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
		db_int(req->arena, LIMIT_EXPORT_ROWS)));
	if (payouts == NULL)
		return req->status;
	if (payouts->count <= LIMIT_EXPORT_ROWS)
		print_csv(req, payouts);
	if (payouts->count > LIMIT_EXPORT_ROWS || req->reply.overflow)
		return problem(req, PROBLEM_VALIDATION,
		    "too much for one file: choose a part by start_date and end_date");
	req->content_type = "text/csv; charset=utf-8";
	return req->status = 200;
}

/* --- import ---------------------------------------------------------------- */

/* Columns that an import recognizes. */
enum column {
	COLUMN_DATE,
	COLUMN_TOTAL_AMOUNT,
	COLUMN_PROFIT_SPLIT,
	COLUMN_STATUS,
	COLUMN_REFERENCE,
	COLUMN_ACCOUNT_ID,
	COLUMN_ACCOUNT_NUMBER,
	COLUMN_FIRM_NAME,
	COLUMN__MAX
};

static const char *const column_names[COLUMN__MAX] = {
	[COLUMN_DATE] = "date",
	[COLUMN_TOTAL_AMOUNT] = "total_amount",
	[COLUMN_PROFIT_SPLIT] = "profit_split",
	[COLUMN_STATUS] = "status",
	[COLUMN_REFERENCE] = "reference",
	[COLUMN_ACCOUNT_ID] = "account_id",
	[COLUMN_ACCOUNT_NUMBER] = "account_number",
	[COLUMN_FIRM_NAME] = "firm_name",
};

struct import {
	struct req *req;
	struct csv csv;
	size_t width;           /* cells of the first line */
	int place[COLUMN__MAX]; /* of each column in a line, -1 = absent */
	struct buf lines;       /* JSON for journal.payout_csv_import */
	struct json_out out;
};

/* Finds the columns in the first line; records a problem for a missing or repeated one. */
static void
read_names(struct import *import)
{
	struct csv *csv = &import->csv;

	import->width = csv->count;
	for (int c = 0; c < COLUMN__MAX; c++) {
		import->place[c] = -1;
		for (size_t i = 0; i < csv->count; i++) {
			if (strcmp(csv->cells[i], column_names[c]) != 0)
				continue;
			if (import->place[c] >= 0)
				problem_line(import->req, csv->line, column_names[c],
				    "is there twice");
			import->place[c] = (int)i;
		}
		if (import->place[c] < 0 && c <= COLUMN_STATUS)
			problem_line(import->req, csv->line, column_names[c],
			    "is missing in the first line");
	}
	if (import->place[COLUMN_ACCOUNT_ID] < 0 && import->place[COLUMN_ACCOUNT_NUMBER] < 0)
		problem_line(import->req, csv->line, "account_number",
		    "neither account_id nor account_number is in the first line");
}

/* The cell of a column, "" when the column is absent. */
static const char *
cell_of(const struct import *import, enum column column)
{
	return import->place[column] < 0 ? "" : import->csv.cells[import->place[column]];
}

static void
wrong(const struct import *import, enum column column, const char *message)
{
	problem_line(import->req, import->csv.line, column_names[column], "%s", message);
}

static void
add_numbers(struct import *import)
{
	int64_t total = 0, split = 0;

	if (!text_decimal(cell_of(import, COLUMN_TOTAL_AMOUNT), 2, 1, LIMIT_AMOUNT_CENTS, &total))
		wrong(import, COLUMN_TOTAL_AMOUNT,
		    "must be a number from 0.01 to 10000000000000.00 with at most two decimals");
	if (!text_decimal(cell_of(import, COLUMN_PROFIT_SPLIT), 2, 0, LIMIT_SPLIT_HUNDREDTHS,
		&split))
		wrong(import, COLUMN_PROFIT_SPLIT,
		    "must be a number from 0 to 100 with at most two decimals");
	json_out_int(&import->out, "total_cents", total);
	json_out_int(&import->out, "split", split);
}

static void
add_account(struct import *import)
{
	const char *id = cell_of(import, COLUMN_ACCOUNT_ID);
	const char *number = cell_of(import, COLUMN_ACCOUNT_NUMBER);
	const char *firm = cell_of(import, COLUMN_FIRM_NAME);

	if (id[0] == '\0' && number[0] == '\0')
		wrong(import, COLUMN_ACCOUNT_NUMBER, "is required");
	if (id[0] != '\0' && !text_uuid(id))
		wrong(import, COLUMN_ACCOUNT_ID, "must be a UUID");
	json_out_text(&import->out, "account_id", id[0] == '\0' ? NULL : id);
	json_out_text(&import->out, "account_number", number);
	json_out_text(&import->out, "firm_name", firm[0] == '\0' ? NULL : firm);
}

/* Adds one line of the file as an object; records its mistakes. */
static void
add_line(struct import *import)
{
	const char *date = cell_of(import, COLUMN_DATE);
	const char *status = cell_of(import, COLUMN_STATUS);
	const char *reference = cell_of(import, COLUMN_REFERENCE);

	json_out_object(&import->out, NULL);
	json_out_int(&import->out, "line", import->csv.line);
	if (!text_date(date))
		wrong(import, COLUMN_DATE, "must be a date like 2024-01-31");
	if (!journal_status_known(status))
		wrong(import, COLUMN_STATUS, "must be pending, processing, completed or failed");
	if (text_utf8_length(reference, strlen(reference)) > LIMIT_REFERENCE_CHARS)
		wrong(import, COLUMN_REFERENCE, "is too long");
	add_numbers(import);
	add_account(import);
	json_out_text(&import->out, "date", date);
	json_out_text(&import->out, "status", status);
	json_out_text(&import->out, "reference", reference);
	json_out_close(&import->out);
}

static void
read_lines(struct import *import)
{
	while (csv_read(&import->csv)) {
		if (import->csv.count == import->width)
			add_line(import);
		else
			problem_line(import->req, import->csv.line, "line",
			    "has %zu cells, the first line has %zu", import->csv.count,
			    import->width);
	}
}

/* The whole file as JSON; false = problems were recorded, each with its line. */
static bool
read_file(struct import *import)
{
	struct req *req = import->req;

	if (!text_utf8_valid(req->body, req->body_len) ||
	    memchr(req->body, '\0', req->body_len) != NULL) {
		problem(req, PROBLEM_VALIDATION, "the file is not UTF-8 text");
		return false;
	}
	csv_init(&import->csv, req->arena, req->body, req->body_len);
	buf_init(&import->lines, req->arena, LIMIT_REPLY_BYTES);
	json_out_init(&import->out, &import->lines);
	json_out_array(&import->out, NULL);
	if (csv_read(&import->csv))
		read_names(import);
	else if (import->csv.error == NULL)
		problem(req, PROBLEM_VALIDATION, "the file is empty");
	if (req->status == 0)
		read_lines(import);
	if (import->csv.error != NULL)
		problem_line(req, import->csv.line, "line", "%s", import->csv.error);
	json_out_finish(&import->out);
	return req->status == 0;
}

/* The problems of lines that the database found, or {"data":{"imported","ids"}}. */
static int
import_reply(struct req *req, const struct db_rows *lines)
{
	struct json_out out;

	for (int i = 0; i < lines->count; i++) {
		if (db_value(lines, i, "field") != NULL)
			problem_line(req, db_value_int(lines, i, "line"),
			    db_value(lines, i, "field"), "%s", db_value(lines, i, "message"));
	}
	if (req->status != 0)
		return req->status;
	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_object(&out, "data");
	json_out_int(&out, "imported", lines->count);
	json_out_array(&out, "ids");
	for (int i = 0; i < lines->count; i++)
		json_out_text(&out, NULL, db_value(lines, i, "id"));
	json_out_finish(&out);
	return req->status = 201;
}

/* POST /api/v1/payouts/import -- all lines or none; every wrong line is reported. */
int
journal_payout_csv_import(struct req *req)
{
	struct import import = { .req = req };
	const struct db_rows *lines;

	if (!read_file(&import))
		return call_refuse_recorded(req);
	lines = call_settle(req, &import_stmt, DB_PARAMS(db_text(import.lines.data)));
	if (lines == NULL)
		return req->status;
	return import_reply(req, lines);
}
