/*
 * CSV (RFC 4180): cells separated by commas, quoted where they hold a comma, a
 * quote (doubled) or a line break; a UTF-8 byte order mark at the start is skipped.
 * Lines end in LF, CRLF or CR, or in CRCRLF, which programs make that turn LF into
 * CRLF twice.
 *
 * CSV injection: spreadsheets evaluate a cell that begins with = + - or @, as they
 * are or full-width.  A guarded cell that begins with one of these, a tab, a line
 * break or an apostrophe is written with an apostrophe before it.  The reader takes
 * that apostrophe off, so every written cell reads back unchanged.
 */
#ifndef PURSER_BASE_CSV_H
#define PURSER_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_CELLS_MAX 64
#define CSV_CELLS_TEXT "64"

struct arena;
struct buf;

struct csv {
	char *at; /* in a copy of the text: cells are unpacked in place */
	char *end;
	int64_t line; /* of the row just read, from 1 */
	int64_t next_line;
	size_t count;                     /* of its cells */
	const char *cells[CSV_CELLS_MAX]; /* NUL-terminated, in the arena */
	const char *error;                /* of the row just read: static text, NULL = none */
};

/* text is valid UTF-8 without NUL. */
void csv_init(struct csv *csv, struct arena *arena, const char *text, size_t len);

/*
 * The next row that is not an empty line; false = the end.  A row with an error is read to its
 * end, so that the mistakes of later rows are found, too.
 */
bool csv_read(struct csv *csv);

/* Bytes of the line end at the start of a text, 0 = none. */
size_t csv_break(const char *text, size_t len);

/* Adds one cell, with a comma before it unless it is the row's first. */
void csv_write(struct buf *buf, const char *text, bool first);

/* The same for text that users wrote: guarded against spreadsheets. */
void csv_write_guarded(struct buf *buf, const char *text, bool first);

#endif
