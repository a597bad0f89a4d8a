/*
 * Reads a CSV file for an import, into JSON for the database.  What is not understood is a
 * mistake or an ignored column that the answer names; nothing is left out in silence.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "core/base/csv.h"
#include "core/base/text.h"
#include "core/json/json_out.h"
#include "core/web/field.h"
#include "core/web/req.h"
#include "core/web/upload.h"
#include "journal/journal.h"

/* Columns of an export, and currency. */
enum column {
	COLUMN_DATE, /* the first four are required */
	COLUMN_TOTAL_AMOUNT,
	COLUMN_PROFIT_SPLIT,
	COLUMN_STATUS,
	COLUMN_REFERENCE,
	COLUMN_ID,
	COLUMN_ACCOUNT_ID,
	COLUMN_ACCOUNT_NUMBER,
	COLUMN_FIRM_NAME,
	COLUMN_TRADERS_SHARE, /* checked, not stored, as is firms_share */
	COLUMN_FIRMS_SHARE,
	COLUMN_CURRENCY,
	COLUMN_CREATED_AT, /* not used, as is updated_at */
	COLUMN_UPDATED_AT,
	COLUMN__MAX
};

static const char *const column_names[COLUMN__MAX] = {
	[COLUMN_DATE] = "date",
	[COLUMN_TOTAL_AMOUNT] = "total_amount",
	[COLUMN_PROFIT_SPLIT] = "profit_split",
	[COLUMN_STATUS] = "status",
	[COLUMN_REFERENCE] = "reference",
	[COLUMN_ID] = "id",
	[COLUMN_ACCOUNT_ID] = "account_id",
	[COLUMN_ACCOUNT_NUMBER] = "account_number",
	[COLUMN_FIRM_NAME] = "firm_name",
	[COLUMN_TRADERS_SHARE] = "traders_share",
	[COLUMN_FIRMS_SHARE] = "firms_share",
	[COLUMN_CURRENCY] = "currency",
	[COLUMN_CREATED_AT] = "created_at",
	[COLUMN_UPDATED_AT] = "updated_at",
};

/* The file while it is read. */
struct file {
	struct journal_import *import;
	struct arena *arena;
	struct csv csv;
	int64_t first_line;     /* the one with the names */
	size_t width;           /* its cells */
	int place[COLUMN__MAX]; /* of each column in a line, -1 = absent */
	int64_t rows;
	struct json_out out;
};

/* --- mistakes ----------------------------------------------------------------------------- */

static void
mistake(struct file *file, int64_t line, const char *field, const char *message)
{
	struct journal_import *import = file->import;

	import->wrong++;
	if (import->mistake_count < LIMIT_FIELD_ERRORS)
		import->mistakes[import->mistake_count++] =
		    (struct problem_field) { .line = line, .field = field, .message = message };
}

/* Of the line just read; field NULL = of the line as a whole. */
static void
wrong(struct file *file, const char *field, const char *message)
{
	mistake(file, file->csv.line, field == NULL ? "line" : field, message);
}

static void
wrong_cell(struct file *file, enum column column, const char *message)
{
	wrong(file, column_names[column], message);
}

/* --- the text ----------------------------------------------------------------------------- */

static bool
begins(const struct upload *upload, const char *signature, size_t len)
{
	return upload->len >= len && memcmp(upload->data, signature, len) == 0;
}

/* Does the file begin as one of another kind does?  NULL = no. */
static const char *
other_kind(const struct upload *upload)
{
	if (begins(upload, "PK\x03\x04", 4) || begins(upload, "\xd0\xcf\x11\xe0", 4))
		return "the file is a workbook, not CSV: save it as CSV UTF-8";
	if (begins(upload, "\xff\xfe", 2) || begins(upload, "\xfe\xff", 2))
		return "the file is UTF-16, not UTF-8: save it as CSV UTF-8";
	return NULL;
}

/* Place of the first byte that is not UTF-8, or is NUL; the length when there is none. */
static size_t
first_bad_byte(const struct upload *upload)
{
	size_t at = 0, step;

	if (text_utf8_valid(upload->data, upload->len) &&
	    memchr(upload->data, '\0', upload->len) == NULL)
		return upload->len;
	for (; at < upload->len && upload->data[at] != '\0'; at += step) {
		step = text_utf8_sequence(upload->data + at, upload->len - at);
		if (step == 0)
			break;
	}
	return at;
}

static int64_t
line_of(const struct upload *upload, size_t place)
{
	int64_t line = 1;
	size_t len;

	for (size_t at = 0; at < place; at += len + (len == 0)) {
		len = csv_break(upload->data + at, upload->len - at);
		line += len > 0;
	}
	return line;
}

static bool
check_text(struct file *file, const struct upload *upload)
{
	const char *kind = other_kind(upload);
	size_t bad = first_bad_byte(upload);

	if (kind != NULL)
		mistake(file, 1, "line", kind);
	else if (bad < upload->len)
		mistake(file, line_of(upload, bad), "line",
		    upload->data[bad] == '\0' ?
			"there is a NUL byte, as in UTF-16: save the file as CSV UTF-8" :
			"is not UTF-8: save the file as CSV UTF-8");
	return kind == NULL && bad == upload->len;
}

/* --- the first line ----------------------------------------------------------------------- */

/* The cells of a line without white space around them are all empty. */
static bool
is_blank(const struct csv *csv)
{
	for (size_t i = 0; i < csv->count; i++) {
		size_t len = strlen(csv->cells[i]);

		(void)text_trim(csv->cells[i], &len);
		if (len > 0)
			return false;
	}
	return csv->error == NULL;
}

/* Reads the next line that is not blank. */
static bool
next_line(struct file *file)
{
	do {
		if (!csv_read(&file->csv))
			return false;
	} while (is_blank(&file->csv));
	return true;
}

static const char *
trimmed(struct file *file, const char *cell)
{
	size_t len = strlen(cell);
	const char *text = text_trim(cell, &len);

	return arena_strndup(file->arena, text, len);
}

/* COLUMN__MAX = it is not ours. */
static enum column
column_named(const char *name)
{
	int c = 0;

	while (c < COLUMN__MAX && strcasecmp(name, column_names[c]) != 0)
		c++;
	return (enum column)c;
}

/* Is a name of ours between semicolons or tabs?  Then they separate the cells. */
static bool
is_separated(struct file *file, const char *cell, const char *separator)
{
	char *text = arena_strdup(file->arena, trimmed(file, cell));
	char *rest = text;

	if (strstr(text, separator) == NULL)
		return false;
	for (char *name = strsep(&rest, separator); name != NULL; name = strsep(&rest, separator)) {
		if (column_named(trimmed(file, name)) != COLUMN__MAX)
			return true;
	}
	return false;
}

static const char *
other_separator(struct file *file)
{
	for (size_t i = 0; i < file->csv.count; i++) {
		if (is_separated(file, file->csv.cells[i], ";"))
			return "cells are separated by semicolons: save the file with commas";
		if (is_separated(file, file->csv.cells[i], "\t"))
			return "cells are separated by tabs: save the file with commas";
	}
	return NULL;
}

static void
place_columns(struct file *file)
{
	struct journal_import *import = file->import;

	for (int c = 0; c < COLUMN__MAX; c++)
		file->place[c] = -1;
	for (size_t i = 0; i < file->csv.count; i++) {
		const char *name = trimmed(file, file->csv.cells[i]);
		enum column column = column_named(name);

		if (column == COLUMN__MAX)
			import->ignored[import->ignored_count++] = name;
		else if (file->place[column] >= 0)
			wrong_cell(file, column, "is there twice");
		else
			file->place[column] = (int)i;
	}
}

/* Finds the columns in the first line. */
static void
read_names(struct file *file)
{
	const char *separator = other_separator(file);

	file->first_line = file->csv.line;
	file->width = file->csv.count;
	place_columns(file);
	if (file->csv.error != NULL)
		wrong(file, NULL, file->csv.error);
	if (separator != NULL) {
		wrong(file, NULL, separator);
		return;
	}
	for (int c = 0; c <= COLUMN_STATUS; c++) {
		if (file->place[c] < 0)
			wrong_cell(file, (enum column)c, "is missing in the first line");
	}
	if (file->place[COLUMN_ACCOUNT_ID] < 0 && file->place[COLUMN_ACCOUNT_NUMBER] < 0)
		wrong_cell(file, COLUMN_ACCOUNT_NUMBER,
		    "neither account_id nor account_number is in the first line");
}

/* --- the other lines ---------------------------------------------------------------------- */

/* The cell of a column, "" when the column is absent. */
static const char *
cell_of(const struct file *file, enum column column)
{
	return file->place[column] < 0 ? "" : file->csv.cells[file->place[column]];
}

/* Adds the number of a cell, and returns it; an empty cell adds none where it may be empty. */
static void
add_number(struct file *file, enum column column, const char *name, int64_t min, int64_t max,
    bool required)
{
	const char *cell = cell_of(file, column);
	int64_t n;

	if (cell[0] == '\0' && !required)
		return;
	if (text_decimal(cell, 2, min, max, &n))
		json_out_int(&file->out, name, n);
	else
		wrong_cell(file, column,
		    arena_printf(file->arena, "must be %s%s",
			field_cents_form(file->arena, min, max), required ? "" : ", or empty"));
}

static void
add_numbers(struct file *file)
{
	add_number(file, COLUMN_TOTAL_AMOUNT, "total_cents", 1, LIMIT_AMOUNT_CENTS, true);
	add_number(file, COLUMN_PROFIT_SPLIT, "split", 0, LIMIT_SPLIT_HUNDREDTHS, true);
	add_number(file, COLUMN_TRADERS_SHARE, "traders_cents", 0, LIMIT_AMOUNT_CENTS, false);
	add_number(file, COLUMN_FIRMS_SHARE, "firms_cents", 0, LIMIT_AMOUNT_CENTS, false);
}

static void
add_uuid(struct file *file, enum column column)
{
	const char *cell = cell_of(file, column);

	if (cell[0] == '\0')
		return;
	if (text_uuid(cell))
		json_out_text(&file->out, column_names[column], cell);
	else
		wrong_cell(file, column, "must be a UUID, or empty");
}

/* A name by which the account is found; white space around it does not count. */
static bool
add_name(struct file *file, enum column column)
{
	const char *name = trimmed(file, cell_of(file, column));

	if (name[0] == '\0')
		return false;
	if (text_utf8_length(name, strlen(name)) <= LIMIT_NAME_CHARS)
		json_out_text(&file->out, column_names[column], name);
	else
		wrong_cell(file, column,
		    "must have at most " LIMIT_TEXT(LIMIT_NAME_CHARS) " characters");
	return true;
}

static void
add_account(struct file *file)
{
	bool named;

	add_uuid(file, COLUMN_ACCOUNT_ID);
	named = add_name(file, COLUMN_ACCOUNT_NUMBER);
	(void)add_name(file, COLUMN_FIRM_NAME);
	if (!named && cell_of(file, COLUMN_ACCOUNT_ID)[0] == '\0')
		wrong_cell(file, COLUMN_ACCOUNT_NUMBER, "is required, or account_id is");
}

static void
add_texts(struct file *file)
{
	const char *date = cell_of(file, COLUMN_DATE);
	const char *status = cell_of(file, COLUMN_STATUS);
	const char *reference = cell_of(file, COLUMN_REFERENCE);
	const char *currency = cell_of(file, COLUMN_CURRENCY);

	if (text_date(date))
		json_out_text(&file->out, "date", date);
	else
		wrong_cell(file, COLUMN_DATE, "must be a date like 2024-01-31");
	if (journal_status_known(status))
		json_out_text(&file->out, "status", status);
	else
		wrong_cell(file, COLUMN_STATUS, "must be " JOURNAL_STATUSES);
	if (text_utf8_length(reference, strlen(reference)) > LIMIT_REFERENCE_CHARS)
		wrong_cell(file, COLUMN_REFERENCE,
		    "must have at most " LIMIT_TEXT(LIMIT_REFERENCE_CHARS) " characters");
	else if (file->place[COLUMN_REFERENCE] >= 0)
		json_out_text(&file->out, "reference", reference);
	if (currency[0] != '\0' && strcasecmp(currency, "USD") != 0)
		wrong_cell(file, COLUMN_CURRENCY, "must be USD, or empty");
}

/* Adds one line of the file as an object; records its mistakes. */
static void
add_line(struct file *file)
{
	json_out_object(&file->out, NULL);
	json_out_int(&file->out, "line", file->csv.line);
	add_uuid(file, COLUMN_ID);
	add_texts(file);
	add_numbers(file);
	add_account(file);
	json_out_close(&file->out);
}

static void
read_lines(struct file *file)
{
	while (next_line(file)) {
		if (file->rows++ == LIMIT_CSV_ROWS) {
			wrong(file, NULL,
			    arena_printf(file->arena, "the file has more than %d rows: split it",
				LIMIT_CSV_ROWS));
			return;
		}
		if (file->csv.error != NULL)
			wrong(file, NULL, file->csv.error);
		else if (file->csv.count != file->width)
			wrong(file, NULL,
			    arena_printf(file->arena, "has %zu cells, the first line has %zu",
				file->csv.count, file->width));
		else
			add_line(file);
	}
	if (file->rows == 0)
		mistake(file, file->first_line, "line", "no row follows the first line");
}

/* False = the file cannot be read by lines. */
static bool
read_file(struct file *file, const struct upload *upload)
{
	if (!check_text(file, upload))
		return false;
	csv_init(&file->csv, file->arena, upload->data, upload->len);
	if (!next_line(file)) {
		mistake(file, 1, "line", "the file is empty");
		return false;
	}
	read_names(file);
	if (file->import->wrong > 0)
		return false;
	json_out_array(&file->out, NULL);
	read_lines(file);
	json_out_finish(&file->out);
	return true;
}

bool
journal_payout_csv_read(struct journal_import *import)
{
	struct req *req = import->req;
	struct file file = { .import = import, .arena = req->arena };
	struct upload upload;

	if (!upload_read(req, &upload))
		return false;
	buf_init(&import->lines, req->arena, LIMIT_IMPORT_LINES_BYTES);
	json_out_init(&file.out, &import->lines);
	if (read_file(&file, &upload) && !import->lines.overflow)
		return true;
	if (import->lines.overflow)
		problem(req, PROBLEM_PAYLOAD_TOO_LARGE, "the file is too large: split it");
	for (size_t i = 0; i < import->mistake_count; i++)
		problem_line(req, import->mistakes[i].line, import->mistakes[i].field, "%s",
		    import->mistakes[i].message);
	if (import->wrong > 0)
		(void)problem_lines_end(req, import->wrong);
	return false;
}
