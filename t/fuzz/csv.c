/*
 * Protects: whatever the bytes, each row is read within them, and what is read comes back from
 * what is written.
 */
#include <stdint.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/base/csv.h"
#include "core/base/text.h"

#define ROW_BYTES (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_written(struct arena *arena, const struct csv *row)
{
	struct csv again;
	struct buf buf;

	buf_init(&buf, arena, ROW_BYTES);
	csv_write(&buf, "first", true); /* a byte order mark counts at the start of a file only */
	for (size_t i = 0; i < row->count && i < CSV_CELLS_MAX - 1; i++)
		csv_write_guarded(&buf, row->cells[i], false);
	buf_str(&buf, "\r\n");
	csv_init(&again, arena, buf.data, buf.len);
	CHECK(csv_read(&again) && again.error == NULL);
	for (size_t i = 1; i < again.count; i++)
		CHECK(strcmp(again.cells[i], row->cells[i - 1]) == 0);
	CHECK(again.count == (row->count == CSV_CELLS_MAX ? row->count : row->count + 1));
	CHECK(!csv_read(&again));
}

static int64_t
line_ends(const char *text, size_t len)
{
	int64_t count = 0;
	size_t step;

	for (size_t at = 0; at < len; at += step + (step == 0)) {
		step = csv_break(text + at, len - at);
		count += step > 0;
	}
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	int64_t line = 0, lines = line_ends(text, size);
	struct arena arena;
	struct csv csv;

	if (!text_utf8_valid(text, size) || memchr(text, '\0', size) != NULL)
		return 0;
	arena_init(&arena);
	csv_init(&csv, &arena, text, size);
	while (csv_read(&csv)) {
		CHECK(csv.line > line && csv.line <= lines + 1);
		CHECK(csv.count >= 1 && csv.count <= CSV_CELLS_MAX);
		line = csv.line;
		for (size_t i = 0; i < csv.count; i++) {
			size_t len = strlen(csv.cells[i]);
			const char *trimmed = text_trim(csv.cells[i], &len);

			CHECK(trimmed + len <= csv.cells[i] + strlen(csv.cells[i]));
		}
		if (csv.error == NULL)
			check_written(&arena, &csv);
	}
	CHECK(csv.next_line == lines + 1);
	arena_release(&arena);
	return 0;
}
