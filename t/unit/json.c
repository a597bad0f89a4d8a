/* Protects: JSON is accepted exactly as RFC 8259 says, and no number loses a digit. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/limits.h"
#include "core/json/json.h"
#include "t/lib/tap.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define ANY INT64_MIN, INT64_MAX

#define TREE_REASON "its values take more memory than 32 times its length, or 128 MiB"

static struct arena arena;

/* From an exact copy without NUL, so that a sanitizer sees a read past the end. */
static const struct json *
parse_bytes(const char *text, size_t len, const char **why)
{
	char *exact = malloc(len + (len == 0));
	const struct json *value;

	memcpy(exact, text, len);
	value = json_parse_body(&arena, exact, len, why);
	free(exact);
	return value;
}

static const struct json *
parse(const char *text)
{
	const char *why;

	return parse_bytes(text, strlen(text), &why);
}

/* clang-format off */
static const struct taken_case {
	const char *name, *text;
	const char *printed;	/* NULL = as the text */
} taken_cases[] = {
	{ "empty object", "{}", NULL },
	{ "empty array", "[]", NULL },
	{ "null", "null", NULL },
	{ "true", "true", NULL },
	{ "a number alone", "0", NULL },
	{ "a longer number alone", "-12.5e+3", NULL },
	{ "a string alone", "\"x\"", NULL },
	{ "white space of all four kinds", " \t\r\n{ \"a\" : [ 1 , 2 ] }\n ", "{\"a\":[1,2]}" },
	{ "members keep their order", "{\"b\":1,\"a\":{\"z\":null,\"y\":false}}", NULL },
	{ "null in an array", "[null,1,null]", NULL },
	{ "all short escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
	{ "unicode escape", "\"\\u00e9\\u20AC\"", "\"\xc3\xa9\xe2\x82\xac\"" },
	{ "surrogate pair", "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
	{ "utf-8", "\"\xf0\x9f\x98\x80\"", NULL },
	{ "escaped control character", "\"\\u0001\"", NULL },
	{ "delete is no control character", "\"\x7f\"", NULL },
	{ "empty name", "{\"\":1}", NULL },
	{ "names that differ in case", "{\"a\":1,\"A\":2}", NULL },
	{ "same name in two objects", "{\"a\":{\"a\":1},\"b\":{\"a\":2}}", NULL },
	{ "numbers like words of strings", "{\"-1\":\"2\",\"\\\"3\":4,\"\\\\\":5}", NULL },
	{ "negative zero", "[-0]", NULL },
	{ "trailing zeros", "[1.10,0.0,100]", NULL },
	{ "exponents", "[1e2,1E+2,1e-2,0e0,-1.5E10]", NULL },
	{ "beyond int64", "[9223372036854775808,-9223372036854775809]", NULL },
	{ "beyond uint64", "[12345678901234567890123]", NULL },
	{ "beyond a double", "[1e999,-1e999,1e-999]", NULL },
	{ "more digits than a double", "[0.1234567890123456789012345678901234567890]", NULL },
	{ "16 levels", "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", NULL },
	{ "16 levels of objects",
	  "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
	  "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":"
	  "{\"a\":{\"a\":\"x\"}}}}}}}}}}}}}}}}", NULL },
};

static const struct refused_case {
	const char *name, *text, *why;
} refused_cases[] = {
	{ "nothing", "", "not a value" },
	{ "only white space", " \n", "not a value" },
	{ "byte order mark", "\xef\xbb\xbf{}", "not a value" },
	{ "form feed as white space", "\f{}", "not a value" },
	{ "no-break space", "\xc2\xa0{}", "not a value" },
	{ "two values", "{}{}", "trailing bytes" },
	{ "bytes after the value", "{} x", "trailing bytes" },
	{ "comma after the value", "1,", "trailing bytes" },
	{ "closing bracket after the value", "[]]", "trailing bytes" },
	{ "comment", "{/*x*/}", "no name" },
	{ "line comment", "[1]//x", "trailing bytes" },
	{ "NaN", "[NaN]", "not a value" },
	{ "Infinity", "[Infinity]", "not a value" },
	{ "-Infinity", "[-Infinity]", "number out of form" },
	{ "upper case", "[TRUE]", "not a value" },
	{ "Null", "[Null]", "not a value" },
	{ "cut word", "tru", "not a value" },
	{ "longer word", "truex", "trailing bytes" },
	{ "nan", "nan", "not a value" },
	{ "leading zero", "[01]", "number out of form" },
	{ "negative leading zero", "[-01]", "number out of form" },
	{ "two zeros", "[00]", "number out of form" },
	{ "plus sign", "[+1]", "not a value" },
	{ "point at the end", "[2.]", "number out of form" },
	{ "point at the start", "[.5]", "not a value" },
	{ "point before exponent", "[2.e3]", "number out of form" },
	{ "exponent without digits", "[1e]", "number out of form" },
	{ "exponent with sign only", "[1e+]", "number out of form" },
	{ "minus alone", "[-]", "number out of form" },
	{ "two points", "[1.2.3]", "no comma or end of a list" },
	{ "hexadecimal", "[0x10]", "no comma or end of a list" },
	{ "number cut at the end", "-", "number out of form" },
	{ "single quotes", "{'a':1}", "no name" },
	{ "string in single quotes", "['a']", "not a value" },
	{ "name without quotes", "{a:1}", "no name" },
	{ "number as name", "{1:1}", "no name" },
	{ "comma at the end of an object", "{\"a\":1,}", "no name" },
	{ "comma at the end of an array", "[1,]", "not a value" },
	{ "comma at the start", "[,1]", "not a value" },
	{ "no comma", "[1 2]", "no comma or end of a list" },
	{ "no colon", "{\"a\" 1}", "no colon after a name" },
	{ "equals sign for a colon", "{\"a\"=1}", "no colon after a name" },
	{ "no value", "{\"a\":}", "not a value" },
	{ "wrong bracket", "[1}", "no comma or end of a list" },
	{ "cut object", "{\"a\":1", "no comma or end of a list" },
	{ "cut array", "[1,", "not a value" },
	{ "cut string", "\"abc", "string without an end" },
	{ "cut escape", "\"abc\\", "bad escape" },
	{ "cut unicode escape", "\"\\u00", "bad escape" },
	{ "unknown escape", "\"\\x41\"", "bad escape" },
	{ "escaped single quote", "\"\\'\"", "bad escape" },
	{ "upper-case U escape", "\"\\U0041\"", "bad escape" },
	{ "bad hex digit", "\"\\u00g0\"", "bad escape" },
	{ "NUL escape", "\"a\\u0000b\"", "nul character" },
	{ "NUL escape in a name", "{\"a\\u0000\":1}", "nul character" },
	{ "raw line feed", "\"a\nb\"", "control character in a string" },
	{ "raw tab", "\"a\tb\"", "control character in a string" },
	{ "raw unit separator", "\"a\x1f\"", "control character in a string" },
	{ "high surrogate alone", "\"\\ud83d\"", "lone surrogate" },
	{ "high surrogate, then text", "\"\\ud83dx\"", "lone surrogate" },
	{ "high surrogate, then another escape", "\"\\ud83d\\n\"", "lone surrogate" },
	{ "two high surrogates", "\"\\ud83d\\ud83d\"", "lone surrogate" },
	{ "high surrogate, then a letter", "\"\\ud83d\\u0041\"", "lone surrogate" },
	{ "low surrogate alone", "\"\\ude00\"", "lone surrogate" },
	{ "two low surrogates", "\"\\ude00\\ude00\"", "lone surrogate" },
	{ "pair in the wrong order", "\"\\ude00\\ud83d\"", "lone surrogate" },
	{ "first surrogate", "\"\\uD800\"", "lone surrogate" },
	{ "last surrogate", "\"\\uDFFF\"", "lone surrogate" },
	{ "lone surrogate in a name", "{\"\\ud83d\":1}", "lone surrogate" },
	{ "surrogate as utf-8", "\"\xed\xa0\xbd\"", "not valid UTF-8" },
	{ "overlong utf-8", "\"\xc0\xaf\"", "not valid UTF-8" },
	{ "cut utf-8", "\"\xc3\"", "not valid UTF-8" },
	{ "latin-1", "\"caf\xe9\"", "not valid UTF-8" },
	{ "duplicate name", "{\"a\":1,\"a\":1}", "duplicate name" },
	{ "duplicate name, escaped", "{\"a\":1,\"\\u0061\":2}", "duplicate name" },
	{ "duplicate name, escaped slash", "{\"a/\":1,\"a\\/\":2}", "duplicate name" },
	{ "duplicate name, surrogate pair",
	  "{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\uDE00\":2}", "duplicate name" },
	{ "duplicate empty name", "{\"\":1,\"\":2}", "duplicate name" },
	{ "duplicate name with a null", "{\"a\":null,\"a\":1}", "duplicate name" },
	{ "duplicate name deeper", "[{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]", "duplicate name" },
	{ "duplicate name with objects that differ", "{\"a\":{\"x\":1,\"y\":2},\"a\":{\"z\":3}}",
	  "duplicate name" },
	{ "duplicate name in an object that a duplicate drops",
	  "{\"a\":{\"x\":1,\"x\":2},\"a\":{\"x\":3,\"y\":4}}", "duplicate name" },
	{ "17 levels", "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "nested deeper than 16" },
	{ "17 levels that never close", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "nested deeper than 16" },
};

static const struct int_case {
	const char *text;
	int64_t min, max;
	bool good;
	int64_t n;
} int_cases[] = {
	{ "0", ANY, true, 0 },
	{ "-0", ANY, true, 0 },
	{ "19900", 1, 1000000, true, 19900 },
	{ "9223372036854775807", ANY, true, INT64_MAX },
	{ "-9223372036854775808", ANY, true, INT64_MIN },
	{ "9223372036854775808", ANY, false, 0 },
	{ "-9223372036854775809", ANY, false, 0 },
	{ "18446744073709551616", ANY, false, 0 },
	{ "12345678901234567890123", ANY, false, 0 },
	{ "9007199254740993", ANY, true, 9007199254740993 },
	{ "1.0", ANY, false, 0 },
	{ "1e2", ANY, false, 0 },
	{ "1E2", ANY, false, 0 },
	{ "100e-2", ANY, false, 0 },
	{ "1", 2, 5, false, 0 },
	{ "6", 2, 5, false, 0 },
	{ "\"1\"", ANY, false, 0 },
	{ "true", ANY, false, 0 },
	{ "null", ANY, false, 0 },
	{ "[1]", ANY, false, 0 },
};
/* clang-format on */

static void
test_taken(const struct taken_case *c)
{
	const char *why = "unset";
	const struct json *value = parse_bytes(c->text, strlen(c->text), &why);

	is_str(why, NULL, "%s: taken", c->name);
	if (value != NULL)
		is_str(json_print(&arena, value), c->printed ? c->printed : c->text,
		    "%s: printed again", c->name);
}

static void
test_refused(const struct refused_case *c)
{
	const char *why = "unset";

	ok(parse_bytes(c->text, strlen(c->text), &why) == NULL, "%s: refused", c->name);
	is_str(why, c->why, "%s: why", c->name);
}

static void
test_nul_bytes(void)
{
	const char *why;

	ok(parse_bytes("{}\0", 3, &why) == NULL, "a NUL byte after the value is refused");
	is_str(why, "trailing bytes", "the reason for a NUL byte after the value");
	ok(parse_bytes("\"a\0b\"", 5, &why) == NULL, "a NUL byte in a string is refused");
	is_str(why, "control character in a string", "the reason for a NUL byte in a string");
	ok(parse_bytes("[1,\0", 4, &why) == NULL, "a NUL byte for a value is refused");
}

static void
test_int(const struct int_case *c)
{
	int64_t n = 4711;

	ok(json_int(parse(c->text), c->min, c->max, &n) == c->good, "int %s is %s", c->text,
	    c->good ? "taken" : "refused");
	is_int(n, c->good ? c->n : 4711, "int %s: value", c->text);
}

static void
note_member(const char *name, const struct json *value, void *context)
{
	buf_printf(context, "%s=%s;", name, json_print(&arena, value));
}

static void
test_access(void)
{
	const struct json *root = parse("{\"a\":{\"b\":{\"c\":\"deep\"}},\"list\":[10,null,\"x\"],"
					"\"none\":null,\"yes\":true,\"n\":1.50,\"a.b\":1}");
	const struct json *list = json_get(root, "list");
	bool b = false;
	struct buf buf;

	is_str(json_text(json_path(root, "a.b.c")), "deep", "a path to a nested member");
	ok(json_path(root, "a.x.c") == NULL, "path over a missing name");
	ok(json_path(root, "list.b") == NULL, "path over an array");
	ok(json_path(root, "a.b.c.d") == NULL, "path over a string");
	ok(json_get(root, "missing") == NULL, "missing member");
	ok(json_get(NULL, "a") == NULL, "member of nothing");
	ok(json_get(list, "a") == NULL, "member of an array");
	ok(json_get(root, "none") != NULL, "a null member is there");
	is_int(json_type(json_get(root, "none")), JSON_NULL, "a null member has the type null");
	is_int(json_type(root), JSON_OBJECT, "type object");
	is_int(json_type(list), JSON_ARRAY, "type array");
	is_int(json_type(json_get(root, "yes")), JSON_BOOL, "type bool");
	is_int(json_type(json_get(root, "n")), JSON_NUMBER, "type number with a fraction");
	is_int(json_type(json_at(list, 0)), JSON_NUMBER, "type number");
	is_int(json_type(json_at(list, 1)), JSON_NULL, "type null in an array");
	is_int(json_type(json_at(list, 2)), JSON_STRING, "type string");
	is_int((int64_t)json_length(list), 3, "length of an array");
	is_int((int64_t)json_length(root), 6, "length of an object");
	is_int((int64_t)json_length(json_get(root, "n")), 0, "length of a number");
	is_int((int64_t)json_length(NULL), 0, "length of nothing");
	ok(json_at(list, 3) == NULL, "past the end of an array");
	ok(json_at(root, 0) == NULL && json_at(NULL, 0) == NULL, "element of no array");
	ok(json_bool(json_get(root, "yes"), &b) && b, "a bool is read");
	ok(!json_bool(json_get(root, "n"), &b) && !json_bool(NULL, &b),
	    "no bool is read of other types");
	is_str(json_number_text(json_get(root, "n")), "1.50", "number text");
	is_str(json_number_text(json_get(root, "none")), NULL, "number text of null");
	is_str(json_number_text(json_at(list, 2)), NULL, "number text of a string");
	is_str(json_number_text(NULL), NULL, "number text of nothing");
	is_str(json_text(json_get(root, "n")), NULL, "text of a number");
	is_str(json_text(NULL), NULL, "text of nothing");
	is_str(json_print(&arena, json_get(root, "none")), "null", "null printed");
	buf_init(&buf, &arena, 1000);
	json_each(root, note_member, &buf);
	is_str(buf.data,
	    "a={\"b\":{\"c\":\"deep\"}};list=[10,null,\"x\"];none=null;yes=true;"
	    "n=1.50;a.b=1;",
	    "each member in order");
	buf_clear(&buf);
	json_each(list, note_member, &buf);
	json_each(NULL, note_member, &buf);
	is_str(buf.data, "", "each of anything else is none");
}

/* {"k0":0,"k1":1,…} with n names. */
static const char *
object_of(int n)
{
	struct buf buf;

	buf_init(&buf, &arena, 1 << 20);
	for (int i = 0; i < n; i++)
		buf_printf(&buf, "%c\"k%d\":%d", i == 0 ? '{' : ',', i, i);
	buf_char(&buf, '}');
	return buf.data;
}

static void
test_member_limit(void)
{
	const char *many = object_of(257), *why;

	ok(parse(object_of(256)) != NULL, "256 names in a body");
	ok(parse_bytes(many, strlen(many), &why) == NULL, "257 names in a body");
	is_str(why, "more than 256 names in one object", "the reason for 257 names in a body");
	ok(json_parse(&arena, many, strlen(many), &why) != NULL, "257 names from upstream");
	many = object_of(50000);
	ok(json_parse(&arena, many, strlen(many), &why) != NULL, "50000 names from upstream");
}

/* Of this process: how busy the machine is does not count. */
static int64_t
processor_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* Bodies that are slow for a parser that goes over its elements again and again. */
static void
test_hostile_size(void)
{
	enum { BYTES = 2 * 1024 * 1024 };
	static char text[BYTES];
	int64_t start = processor_ms();
	const char *why;

	memset(text, '[', BYTES);
	ok(json_parse(&arena, text, BYTES, &why) == NULL, "2 MiB of opening brackets");
	for (int i = 0; i < BYTES; i++)
		text[i] = i == 0 ? '[' : i == BYTES - 1 ? ']' : i % 2 ? '1' : ',';
	text[BYTES - 2] = ' ';
	text[BYTES - 3] = '1';
	ok(json_parse(&arena, text, BYTES, &why) == NULL, "2 MiB of elements");
	is_str(why, TREE_REASON, "2 MiB of elements: the reason");
	memset(text, '1', BYTES);
	ok(json_parse(&arena, text, BYTES, &why) != NULL, "a number of 2 MiB");
	memset(text, '"', BYTES);
	ok(json_parse(&arena, text, BYTES, &why) == NULL, "2 MiB of quotes");
	ok(processor_ms() - start < 20000, "in a time that grows with the size only");
}

/* --- memory ------------------------------------------------------------------ */

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t
allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	if (__sanitizer_get_current_allocated_bytes != NULL)
		return __sanitizer_get_current_allocated_bytes();
	return info.uordblks + info.hblkhd;
}

/* [unit,unit,...] of at most so many bytes, and blanks up to the length. */
static char *
array_of(const char *unit, size_t bytes, size_t length)
{
	size_t len = strlen(unit);
	char *text = malloc(length + 1);
	size_t at = 1;

	memset(text, ' ', length);
	text[length] = '\0';
	text[0] = '[';
	for (; at + len + 2 < bytes; at += len + 1) {
		memcpy(text + at, unit, len);
		text[at + len] = ',';
	}
	text[at - 1] = ']';
	return text;
}

/*
 * As many of the unit as are accepted in a text of that length; the text's copy and those of its
 * numbers come on top.
 */
static void
test_tree_memory(const char *unit, size_t length, size_t tree_max)
{
	const struct json *value = NULL;
	size_t before = 0, bytes;
	const char *why;

	for (bytes = length; value == NULL && bytes > 1024; bytes /= 2) {
		char *text = array_of(unit, bytes, length);

		arena_reset(&arena);
		before = allocated();
		value = json_parse(&arena, text, length, &why);
		free(text);
	}
	ok(value != NULL && allocated() - before < tree_max + length,
	    "%s in %zu bytes: no more memory than the limit", unit, length);
	arena_reset(&arena);
}

/* As many subaccounts as the provider's answer may have. */
static void
test_entity_memory(void)
{
	const char *subaccount = "{\"subaccount_id\":12345,\"subaccount_uuid\":"
				 "\"01234567-0123-0123-0123-012345678901\",\"synthetic_hotkey\":"
				 "\"5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty_12345\","
				 "\"asset_class\":\"crypto\",\"account_size\":25000.0,"
				 "\"status\":\"active\",\"created_at_ms\":1700000000000,"
				 "\"eliminated_at_ms\":null}";
	char *text = array_of(subaccount, LIMIT_UPSTREAM_ENTITY_BYTES, LIMIT_UPSTREAM_ENTITY_BYTES);
	const char *why;

	ok(json_parse(&arena, text, strlen(text), &why) != NULL, "16 MiB of subaccounts are read");
	free(text);
	arena_reset(&arena);
}

/* A body may not cost much more than its length. */
static void
test_short_text(void)
{
	char *text = array_of("{}", LIMIT_BODY_BYTES, LIMIT_BODY_BYTES);
	const char *why = NULL;

	ok(json_parse_body(&arena, text, LIMIT_BODY_BYTES, &why) == NULL,
	    "a body of empty objects is refused");
	is_str(why, TREE_REASON, "a body of empty objects: the reason");
	free(text);
	arena_reset(&arena);
}

/* As test_tree_memory(): json-c makes an object of each `true` and `false`, of `null` none. */
static void
test_booleans(void)
{
	enum { SHORT = 512 * 1024 };

	test_tree_memory("true", SHORT,
	    LIMIT_JSON_TREE_START_BYTES + SHORT * LIMIT_JSON_TREE_TIMES);
	test_tree_memory("false", LIMIT_UPSTREAM_ENTITY_BYTES, LIMIT_JSON_TREE_BYTES);
}

static void
test_memory(void)
{
	static const char *const units[] = { "{}", "[]", "1", "{\"a\":{}}",
		"{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,\"j\":0,"
		"\"k\":0}",
		"[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]" };

	enum { SHORT = 512 * 1024 };

	for (size_t i = 0; i < LENGTH(units); i++)
		test_tree_memory(units[i], SHORT,
		    LIMIT_JSON_TREE_START_BYTES + SHORT * LIMIT_JSON_TREE_TIMES);
	test_tree_memory("{}", LIMIT_UPSTREAM_ENTITY_BYTES, LIMIT_JSON_TREE_BYTES);
	test_entity_memory();
	test_booleans();
	test_short_text();
}

int
main(void)
{
	arena_init(&arena);
	for (size_t i = 0; i < LENGTH(taken_cases); i++)
		test_taken(&taken_cases[i]);
	for (size_t i = 0; i < LENGTH(refused_cases); i++)
		test_refused(&refused_cases[i]);
	for (size_t i = 0; i < LENGTH(int_cases); i++)
		test_int(&int_cases[i]);
	test_nul_bytes();
	test_access();
	test_member_limit();
	arena_reset(&arena);
	test_hostile_size();
	arena_reset(&arena);
	test_memory();
	arena_release(&arena);
	return done();
}
