/* CSV reader and writer (RFC 4180); the reader unescapes cells in place. */
#include "core/base/csv.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

/* What a spreadsheet may take for a formula: OWASP's signs, full-width ones, and our guard. */
static bool
is_sign(const char *text)
{
	static const char *const signs[] = { "=", "+", "-", "@", "\t", "\r", "\n", "'",
		"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strncmp(text, signs[i], strlen(signs[i])) == 0)
			return true;
	}
	return false;
}

void
csv_init(struct csv *csv, struct arena *arena, const char *text, size_t len)
{
	*csv = (struct csv) { .at = arena_strndup(arena, text, len), .next_line = 1 };
	csv->end = csv->at + len;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		csv->at += 3;
}

size_t
csv_break(const char *text, size_t len)
{
	if (len == 0 || (*text != '\n' && *text != '\r'))
		return 0;
	if (*text == '\n')
		return 1;
	if (len >= 3 && text[1] == '\r' && text[2] == '\n')
		return 3;
	return len >= 2 && text[1] == '\n' ? 2 : 1;
}

/* Bytes of the line end at the reader's place, 0 = none. */
static size_t
break_here(const struct csv *csv)
{
	return csv_break(csv->at, (size_t)(csv->end - csv->at));
}

static bool
take_break(struct csv *csv)
{
	size_t len = break_here(csv);

	csv->at += len;
	csv->next_line += len > 0;
	return len > 0;
}

/* The first mistake of a row is kept. */
static void
mistake(struct csv *csv, const char *text)
{
	if (csv->error == NULL)
		csv->error = text;
}

/* Unescapes a cell from behind its opening quote; returns its end. */
static char *
read_quoted(struct csv *csv, char *out)
{
	size_t len;

	while (csv->at < csv->end) {
		if (*csv->at == '"') {
			csv->at++;
			if (csv->at == csv->end || *csv->at != '"')
				return out;
			*out++ = *csv->at++;
			continue;
		}
		len = break_here(csv);
		csv->next_line += len > 0;
		len += len == 0;
		memmove(out, csv->at, len);
		out += len;
		csv->at += len;
	}
	mistake(csv, "a quote is not closed");
	return out;
}

/* Reads up to the end of the cell, with `error` for what does not belong there. */
static char *
read_plain(struct csv *csv, const char *any, const char *error)
{
	for (; csv->at < csv->end && *csv->at != ',' && break_here(csv) == 0; csv->at++) {
		if (any == NULL || strchr(any, *csv->at) != NULL)
			mistake(csv, error);
	}
	return csv->at;
}

/* Reads a cell; returns its end, where the caller puts the NUL after reading the delimiter. */
static char *
read_cell(struct csv *csv)
{
	char *cell = csv->at, *end;

	if (csv->at < csv->end && *csv->at == '"') {
		csv->at++;
		end = read_quoted(csv, cell);
		(void)read_plain(csv, NULL, "text after a closing quote");
	} else {
		end = read_plain(csv, "\"", "a quote inside a cell without quotes");
	}
	if (csv->count == CSV_CELLS_MAX) {
		mistake(csv, "has more than " CSV_CELLS_TEXT " cells");
		return end;
	}
	csv->cells[csv->count++] = cell;
	return end;
}

/* Takes the guard off the cells, all of which end in NUL. */
static void
take_guards(struct csv *csv)
{
	for (size_t i = 0; i < csv->count; i++)
		csv->cells[i] += csv->cells[i][0] == '\'' && is_sign(csv->cells[i] + 1);
}

bool
csv_read(struct csv *csv)
{
	bool last = false;

	while (take_break(csv))
		continue;
	csv->count = 0;
	csv->error = NULL;
	csv->line = csv->next_line;
	if (csv->at == csv->end)
		return false;
	while (!last) {
		char *end = read_cell(csv);

		last = csv->at == csv->end || *csv->at != ',';
		if (!last)
			csv->at++;
		else
			(void)take_break(csv);
		*end = '\0';
	}
	take_guards(csv);
	return true;
}

static void
write_cell(struct buf *buf, const char *text, bool first, const char *guard)
{
	bool quoted = strpbrk(text, ",;\"\r\n\t") != NULL;

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
	write_cell(buf, text, first, is_sign(text) ? "'" : "");
}
