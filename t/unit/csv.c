/*
 * Protects: CSV of people and spreadsheets is read as RFC 4180 says, and our own CSV is
 * read back.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/csv.h"
#include "t/lib/tap.h"

/* Rows joined by '/', cells by '|'; a row with an error is "!line:text" instead. */
static const struct {
	const char *text;
	const char *rows;
} cases[] = {
	{ "", "" },
	{ "a", "a" },
	{ "a,b", "a|b" },
	{ "a,b\n", "a|b" },
	{ "a,b\r\nc,d\r\n", "a|b/c|d" },
	{ "a,b\nc,d", "a|b/c|d" },
	{ "\n\r\n a ,b\n\n\nc,d\n\n", " a |b/c|d" },
	{ ",", "|" },
	{ ",\n,", "|/|" },
	{ "\"\"", "" },
	{ "\"a,b\",c", "a,b|c" },
	{ "\"a\"\"b\",c", "a\"b|c" },
	{ "\"\"\"\"", "\"" },
	{ "\"a\r\nb\",c\r\nd,e", "a\r\nb|c/d|e" },
	{ "a,b\rc,d\r", "a|b/c|d" },
	{ "a,b\r\r\nc,d\r\r\n", "a|b/c|d" },
	{ "a\r\r\r\nb\r\n\rc", "a/b/c" },
	{ "\"a\rb\r\r\nc\",d\re", "a\rb\r\r\nc|d/e" },
	{ ",\r,", "|/|" },
	{ "\xef\xbb\xbf"
	  "a,b",
	    "a|b" },
	{ "a,\xef\xbb\xbf"
	  "b",
	    "a|\xef\xbb\xbf"
	    "b" },
	{ "'=1,'+,'-2,'@x,''a", "=1|+|-2|@x|'a" },
	{ "'a,',it's", "'a|'|it's" },
	{ "\"'=a,b\"", "=a,b" },
	{ "'\xef\xbc\x9d"
	  "1,'\xef\xbc\x8b,'\xef\xbc\xa0,'\xef\xbc\x8d,'\xef\xbc\xa1",
	    "\xef\xbc\x9d"
	    "1|\xef\xbc\x8b|\xef\xbc\xa0|\xef\xbc\x8d|'\xef\xbc\xa1" },
	{ "a\"b\nc", "!1:a quote inside a cell without quotes/c" },
	{ "x\n\"a\"b,c\ny", "x/!2:text after a closing quote/y" },
	{ "\"a\" ,b\r\"c\"", "!1:text after a closing quote/c" },
	{ "x,y\n\"a\nb", "x|y/!2:a quote is not closed" },
	{ "\"", "!1:a quote is not closed" },
	{ "x\n\"", "x/!2:a quote is not closed" },
	{ "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,"
	  "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,\"x\ny\"\nz",
	    "!1:has more than 64 cells/z" },
};

static void
test_read(struct arena *arena, size_t i)
{
	struct csv csv;
	struct buf buf;

	buf_init(&buf, arena, 1024);
	csv_init(&csv, arena, cases[i].text, strlen(cases[i].text));
	while (csv_read(&csv)) {
		buf_str(&buf, buf.len > 0 ? "/" : "");
		if (csv.error != NULL)
			buf_printf(&buf, "!%d:%s", (int)csv.line, csv.error);
		for (size_t c = 0; c < csv.count && csv.error == NULL; c++)
			buf_printf(&buf, "%s%s", c > 0 ? "|" : "", csv.cells[c]);
	}
	is_str(buf.data, cases[i].rows, "case %zu: its rows", i);
	ok(!csv_read(&csv), "case %zu: no row after the end", i);
}

static void
test_lines(struct arena *arena)
{
	static const char *const ends[] = { "\n", "\r\n", "\r", "\r\r\n" };
	struct csv csv;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const char *e = ends[i];
		const char *text = arena_printf(arena, "%sa%s%s\"b%sc\"%sd", e, e, e, e, e);

		csv_init(&csv, arena, text, strlen(text));
		ok(csv_read(&csv) && csv.line == 2, "line end %zu: empty lines count", i);
		ok(csv_read(&csv) && csv.line == 4,
		    "line end %zu: a row has the number of its first line", i);
		ok(csv_read(&csv) && csv.line == 6, "line end %zu: lines within quotes count", i);
	}
}

static void
test_write(struct arena *arena)
{
	static const char *const cells[] = { "", "a", "a,b", "a\"b", "\r\n", "=1+1", "+1", "-1",
		"@a", "\ttab", "\rreturn", "\nfeed", "'",
		"\xef\xbc\x9d"
		"1",
		"\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0"
		"x",
		"a;b", "''", "'=", "it's", "ä€😀", " a ", "a\nb" };
	size_t count = sizeof(cells) / sizeof(cells[0]);
	struct csv csv;
	struct buf buf;

	buf_init(&buf, arena, 1024);
	for (size_t i = 0; i < count; i++)
		csv_write_guarded(&buf, cells[i], i == 0);
	ok(strstr(buf.data, ",'=1+1,'+1,'-1,'@a,\"'\ttab\",\"'\rreturn\",\"'\nfeed\",") != NULL,
	    "no cell begins a formula");
	ok(strstr(buf.data,
	       ",'\xef\xbc\x9d"
	       "1,'\xef\xbc\x8b,'\xef\xbc\x8d,'\xef\xbc\xa0"
	       "x,") != NULL,
	    "full-width signs are guarded");
	ok(strstr(buf.data, ",\"a;b\",") != NULL, "a cell with a semicolon is quoted");
	csv_init(&csv, arena, buf.data, buf.len);
	ok(csv_read(&csv) && csv.count == count, "all cells are in one row");
	for (size_t i = 0; i < csv.count; i++)
		is_str(csv.cells[i], cells[i], "cell %zu comes back", i);
	buf_clear(&buf);
	csv_write(&buf, "-1", true);
	csv_write(&buf, "a\"b", false);
	is_str(buf.data, "-1,\"a\"\"b\"", "what is ours is not guarded");
}

int
main(void)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_read(&arena, i);
	test_lines(&arena);
	test_write(&arena);
	arena_release(&arena);
	return done();
}
