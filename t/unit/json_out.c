/* Protects: the JSON writer prints valid JSON, which reads back as the same values. */
#include <string.h>

#include "core/base/arena.h"
#include "core/json/json.h"
#include "core/json/json_out.h"
#include "t/lib/tap.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static struct arena arena;

/* clang-format off */
static const struct text_case {
	const char *name, *text, *printed;
	const char *read;	/* NULL = as the text */
} text_cases[] = {
	{ "plain", "abc", "\"abc\"", NULL },
	{ "empty", "", "\"\"", NULL },
	{ "quote and backslash", "a\"b\\c", "\"a\\\"b\\\\c\"", NULL },
	{ "slash stays", "a/b", "\"a/b\"", NULL },
	{ "short escapes", "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"", NULL },
	{ "other control characters", "\x01\x1f", "\"\\u0001\\u001f\"", NULL },
	{ "delete", "\x7f", "\"\x7f\"", NULL },
	{ "utf-8", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", NULL },
	{ "escape between utf-8", "\xc3\xa9\n\xc3\xa9", "\"\xc3\xa9\\n\xc3\xa9\"", NULL },
	{ "bad byte", "a\xff" "b", "\"a\xef\xbf\xbd" "b\"", "a\xef\xbf\xbd" "b" },
	{ "bad bytes in a row", "\xff\xfe", "\"\xef\xbf\xbd\xef\xbf\xbd\"",
	    "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "cut character", "a\xe2\x82", "\"a\xef\xbf\xbd\xef\xbf\xbd\"",
	    "a\xef\xbf\xbd\xef\xbf\xbd" },
	{ "cut character before a quote", "\xc3\"", "\"\xef\xbf\xbd\\\"\"", "\xef\xbf\xbd\"" },
	{ "surrogate", "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"",
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
};
/* clang-format on */

static void
test_text(const struct text_case *c)
{
	struct json_out out;
	struct buf buf;
	const char *why;

	buf_init(&buf, &arena, 1000);
	json_out_init(&out, &buf);
	json_out_text(&out, NULL, c->text);
	is_str(buf.data, c->printed, "text %s: printed", c->name);
	is_str(json_text(json_parse(&arena, buf.data, buf.len, &why)), c->read ? c->read : c->text,
	    "text %s: read back", c->name);
}

static void
test_every_byte(void)
{
	int wrong = 0;

	for (int byte = 1; byte < 256; byte++) {
		char text[] = { 'a', (char)byte, 'b', '\0' };
		struct json_out out;
		struct buf buf;
		const char *why;

		buf_init(&buf, &arena, 100);
		json_out_init(&out, &buf);
		json_out_text(&out, NULL, text);
		wrong += json_parse(&arena, buf.data, buf.len, &why) == NULL;
	}
	is_int(wrong, 0, "every byte prints as JSON");
}

/* Eight bytes are looked at together: each byte must be seen at each place. */
static void
test_every_place(void)
{
	int wrong = 0;

	for (int byte = 1; byte < 256; byte++) {
		for (size_t place = 0; place < 20; place++) {
			char text[] = "~~~~~~~~ ~~~~~~~!~~~";
			bool plain = byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';
			struct json_out out;
			struct buf buf;
			const char *read, *why;

			text[place] = (char)byte;
			buf_init(&buf, &arena, 100);
			json_out_init(&out, &buf);
			json_out_text(&out, NULL, text);
			read = json_text(json_parse(&arena, buf.data, buf.len, &why));
			wrong += read == NULL || (byte < 0x80 && strcmp(read, text) != 0) ||
			    plain != (buf.len == strlen(text) + 2);
		}
	}
	is_int(wrong, 0, "every byte at every place");
}

static void
test_structure(void)
{
	struct json_out out;
	struct buf buf;

	buf_init(&buf, &arena, 1000);
	json_out_init(&out, &buf);
	json_out_object(&out, NULL);
	json_out_text(&out, "id", "pay_1");
	json_out_int(&out, "least", INT64_MIN);
	json_out_bool(&out, "yes", true);
	json_out_bool(&out, "no", false);
	json_out_null(&out, "null");
	json_out_text(&out, "no_text", NULL);
	json_out_raw(&out, "raw", "[1,{}]");
	json_out_raw(&out, "no_raw", NULL);
	json_out_compact(&out, "compact", "{\"a b\" : [1, \"c\\\" d\"],\n\t\"e\\\\\" : 2}");
	json_out_compact(&out, "no_compact", NULL);
	json_out_array(&out, "empty");
	json_out_close(&out);
	json_out_array(&out, "list");
	json_out_int(&out, NULL, 1);
	json_out_object(&out, NULL);
	json_out_close(&out);
	json_out_object(&out, NULL);
	json_out_raw(&out, "amount", "412.50");
	json_out_finish(&out);
	is_str(buf.data,
	    "{\"id\":\"pay_1\",\"least\":-9223372036854775808,\"yes\":true,"
	    "\"no\":false,\"null\":null,\"no_text\":null,\"raw\":[1,{}],"
	    "\"no_raw\":null,\"compact\":{\"a b\":[1,\"c\\\" d\"],\"e\\\\\":2},"
	    "\"no_compact\":null,\"empty\":[],\"list\":[1,{},{\"amount\":412.50}]}",
	    "objects, arrays, commas; finish closes every level");
	is_int(out.depth, 0, "nothing is open");
}

static void
test_depth(void)
{
	struct json_out out;
	struct buf buf;
	const char *why;

	buf_init(&buf, &arena, 1000);
	json_out_init(&out, &buf);
	for (int i = 0; i < JSON_OUT_DEPTH; i++)
		json_out_array(&out, NULL);
	json_out_finish(&out);
	ok(json_parse(&arena, buf.data, buf.len, &why) != NULL, "as deep as it goes");
}

static void
test_ceiling(void)
{
	struct json_out out;
	struct buf buf;

	buf_init(&buf, &arena, 10);
	json_out_init(&out, &buf);
	json_out_array(&out, NULL);
	for (int i = 0; i < 100; i++)
		json_out_text(&out, NULL, "abc");
	json_out_finish(&out);
	ok(buf.overflow && buf.len <= 10, "past the ceiling of the buffer it overflows");
}

int
main(void)
{
	arena_init(&arena);
	for (size_t i = 0; i < LENGTH(text_cases); i++)
		test_text(&text_cases[i]);
	test_every_byte();
	test_every_place();
	test_structure();
	test_depth();
	test_ceiling();
	arena_release(&arena);
	return done();
}
