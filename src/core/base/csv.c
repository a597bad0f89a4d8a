/* CSV reader and writer (RFC 4180); the reader unescapes cells in place. */
#include "core/base/csv.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

#define GUARDED "=+-@\t\r'"

void
csv_init(struct csv *csv, struct arena *arena, const char *text, size_t len)
{
	*csv = (struct csv) { .at = arena_strndup(arena, text, len), .next_line = 1 };
	csv->end = csv->at + len;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		csv->at += 3;
}

static bool
at_break(const struct csv *csv)
{
	return csv->at < csv->end &&
	    (*csv->at == '\n' ||
		(*csv->at == '\r' && csv->end - csv->at >= 2 && csv->at[1] == '\n'));
}

static void
take_break(struct csv *csv)
{
	csv->at += *csv->at == '\r' ? 2 : 1;
	csv->next_line++;
}

/* Unescapes a cell from behind its opening quote; returns its end, NULL = csv->error is set. */
static char *
read_quoted(struct csv *csv, char *out)
{
	for (; csv->at < csv->end; csv->at++) {
		if (*csv->at == '"') {
			csv->at++;
			if (csv->at == csv->end || *csv->at != '"')
				return out;
		} else if (*csv->at == '\n') {
			csv->next_line++;
		}
		*out++ = *csv->at;
	}
	csv->error = "a quote is not closed";
	return NULL;
}

static char *
read_plain(struct csv *csv)
{
	for (; csv->at < csv->end && *csv->at != ',' && !at_break(csv); csv->at++) {
		if (*csv->at == '"') {
			csv->error = "a quote inside a cell without quotes";
			return NULL;
		}
	}
	return csv->at;
}

/* Reads a cell; returns its end, where the caller puts the NUL after reading the delimiter. */
static char *
read_cell(struct csv *csv)
{
	char *cell = csv->at, *end;

	if (csv->count == CSV_CELLS_MAX) {
		csv->error = "too many cells";
		return NULL;
	}
	if (csv->at < csv->end && *csv->at == '"') {
		csv->at++;
		end = read_quoted(csv, cell);
	} else {
		end = read_plain(csv);
	}
	if (end != NULL && end - cell > 1 && cell[0] == '\'' && strchr(GUARDED, cell[1]) != NULL)
		cell++;
	csv->cells[csv->count++] = cell;
	return end;
}

bool
csv_read(struct csv *csv)
{
	bool last = false;

	while (csv->error == NULL && at_break(csv))
		take_break(csv);
	csv->count = 0;
	csv->line = csv->next_line;
	if (csv->error != NULL || csv->at == csv->end)
		return false;
	while (!last) {
		char *end = read_cell(csv);

		if (end == NULL)
			return false;
		last = csv->at == csv->end || at_break(csv);
		if (!last && *csv->at != ',') {
			csv->error = "text after a closing quote";
			return false;
		}
		if (!last)
			csv->at++;
		else if (csv->at < csv->end)
			take_break(csv);
		*end = '\0';
	}
	return true;
}

static void
write_cell(struct buf *buf, const char *text, bool first, const char *guard)
{
	bool quoted = strpbrk(text, ",\"\r\n") != NULL;

	if (!first)
		buf_char(buf, ',');
	if (quoted)
		buf_char(buf, '"');
	buf_str(buf, guard);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_char(buf, '"');
		buf_char(buf, *text);
	}
	if (quoted)
		buf_char(buf, '"');
}

void
csv_write(struct buf *buf, const char *text, bool first)
{
	write_cell(buf, text, first, "");
}

void
csv_write_guarded(struct buf *buf, const char *text, bool first)
{
	bool guarded = text[0] != '\0' && strchr(GUARDED, text[0]) != NULL;

	write_cell(buf, text, first, guarded ? "'" : "");
}
