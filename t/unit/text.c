/* Protects: integers, UTF-8 and tokens are accepted only in their one right form. */
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "t/lib/tap.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define ANY INT64_MIN, INT64_MAX

static const struct int_case {
	const char *text;
	int64_t min, max;
	bool good;
	int64_t value;
} int_cases[] = {
	{ "0", ANY, true, 0 },
	{ "-0", ANY, true, 0 },
	{ "7", ANY, true, 7 },
	{ "-7", ANY, true, -7 },
	{ "9223372036854775807", ANY, true, INT64_MAX },
	{ "-9223372036854775808", ANY, true, INT64_MIN },
	{ "9223372036854775808", ANY, false, 0 },
	{ "-9223372036854775809", ANY, false, 0 },
	{ "92233720368547758070", ANY, false, 0 },
	{ "18446744073709551617", ANY, false, 0 },
	{ "", ANY, false, 0 },
	{ "-", ANY, false, 0 },
	{ "--1", ANY, false, 0 },
	{ "+1", ANY, false, 0 },
	{ " 1", ANY, false, 0 },
	{ "1 ", ANY, false, 0 },
	{ "1\n", ANY, false, 0 },
	{ "01", ANY, false, 0 },
	{ "-01", ANY, false, 0 },
	{ "00", ANY, false, 0 },
	{ "1.0", ANY, false, 0 },
	{ "1e2", ANY, false, 0 },
	{ "0x10", ANY, false, 0 },
	{ "1", 1, 100, true, 1 },
	{ "100", 1, 100, true, 100 },
	{ "0", 1, 100, false, 0 },
	{ "101", 1, 100, false, 0 },
};

static void
test_int(void)
{
	for (size_t i = 0; i < LENGTH(int_cases); i++) {
		const struct int_case *c = &int_cases[i];
		int64_t value = 4711;
		bool good = text_int(c->text, c->min, c->max, &value);

		ok(good == c->good, "int '%s' is %s", c->text, c->good ? "taken" : "refused");
		is_int(value, c->good ? c->value : 4711, "int '%s': value", c->text);
	}
}

static const struct utf8_case {
	const char *name, *data;
	bool valid;
	size_t length;
} utf8_cases[] = {
	{ "empty", "", true, 0 },
	{ "ASCII", "abc\x7f", true, 4 },
	{ "two bytes, least", "\xc2\x80", true, 1 },
	{ "three bytes, least", "\xe0\xa0\x80", true, 1 },
	{ "last before the surrogates", "\xed\x9f\xbf", true, 1 },
	{ "first after the surrogates", "\xee\x80\x80", true, 1 },
	{ "four bytes, least", "\xf0\x90\x80\x80", true, 1 },
	{ "U+10FFFF", "\xf4\x8f\xbf\xbf", true, 1 },
	{ "mixed", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", true, 5 },
	{ "lone continuation", "\x80", false, 0 },
	{ "overlong slash", "\xc0\xaf", false, 0 },
	{ "overlong in two bytes", "\xc1\xbf", false, 0 },
	{ "overlong in three bytes", "\xe0\x9f\xbf", false, 0 },
	{ "overlong in four bytes", "\xf0\x8f\xbf\xbf", false, 0 },
	{ "first surrogate", "\xed\xa0\x80", false, 0 },
	{ "last surrogate", "\xed\xbf\xbf", false, 0 },
	{ "beyond U+10FFFF", "\xf4\x90\x80\x80", false, 0 },
	{ "byte F5", "\xf5\x80\x80\x80", false, 0 },
	{ "byte FF", "\xff", false, 0 },
	{ "cut after one of two", "\xc3", false, 0 },
	{ "cut after two of three", "\xe2\x82", false, 0 },
	{ "cut after three of four", "\xf0\x9f\x98", false, 0 },
	{ "third byte wrong", "\xe2\x82z", false, 0 },
	{ "fourth byte wrong", "\xf0\x9f\x98z", false, 0 },
};

static void
test_utf8(void)
{
	for (size_t i = 0; i < LENGTH(utf8_cases); i++) {
		const struct utf8_case *c = &utf8_cases[i];
		size_t len = strlen(c->data);
		/* A copy without NUL, so that a sanitizer sees a read past the end. */
		char *exact = malloc(len + (len == 0));

		memcpy(exact, c->data, len);
		ok(text_utf8_valid(exact, len) == c->valid, "utf-8 %s is %s", c->name,
		    c->valid ? "valid" : "refused");
		if (c->valid)
			is_int((int64_t)text_utf8_length(exact, len), (int64_t)c->length,
			    "utf-8 %s: length", c->name);
		free(exact);
	}
	ok(text_utf8_valid("a\0b", 3), "utf-8 NUL is a character like others");
}

/* Eight bytes are looked at together: a lone byte must be seen at each place. */
static void
test_utf8_places(void)
{
	int wrong = 0;

	for (int byte = 0; byte < 256; byte++) {
		for (size_t place = 0; place < 20; place++) {
			char text[] = "aaaaaaaaaaaaaaaaaaaa";

			text[place] = (char)byte;
			wrong += text_utf8_valid(text, 20) != (byte < 0x80);
		}
	}
	is_int(wrong, 0, "utf-8: every byte at every place");
}

static const struct ascii_case {
	const char *text;
	size_t max;
	bool good;
} ascii_cases[] = {
	{ "", 5, false },
	{ "a", 5, true },
	{ "!~abc", 5, true },
	{ "abcdef", 5, false },
	{ "a b", 5, false },
	{ "a\n", 5, false },
	{ "\x7f", 5, false },
	{ "\xc3\xa9", 5, false },
	{ "a", 0, false },
};

static const struct {
	const char *text;
	bool good;
	int64_t value; /* with two decimals */
} decimal_cases[] = {
	{ "0", true, 0 },
	{ "-0", true, 0 },
	{ "0.5", true, 50 },
	{ "5000.00", true, 500000 },
	{ "33.33", true, 3333 },
	{ "-0.01", true, -1 },
	{ "92233720368547758.07", true, INT64_MAX },
	{ "92233720368547758.08", false, 0 },
	{ "922337203685477580.7", false, 0 },
	{ "9223372036854775807", false, 0 },
	{ "99999999999999999999", false, 0 },
	{ "1.005", false, 0 },
	{ "1.000", false, 0 },
	{ "1.", false, 0 },
	{ ".5", false, 0 },
	{ "", false, 0 },
	{ "-", false, 0 },
	{ "+1", false, 0 },
	{ "01", false, 0 },
	{ "00.1", false, 0 },
	{ "1e2", false, 0 },
	{ " 1", false, 0 },
	{ "1 ", false, 0 },
	{ "1,5", false, 0 },
	{ "1.2.3", false, 0 },
	{ "--1", false, 0 },
};

static void
test_decimal(void)
{
	for (size_t i = 0; i < LENGTH(decimal_cases); i++) {
		int64_t value = 0;
		bool good = text_decimal(decimal_cases[i].text, 2, -100, INT64_MAX, &value);

		ok(good == decimal_cases[i].good && value == decimal_cases[i].value, "decimal '%s'",
		    decimal_cases[i].text);
	}
	int64_t value = 7;
	ok(!text_decimal("-1.01", 2, -100, 100, &value) && value == 7, "decimal below the least");
	ok(!text_decimal("1.01", 2, -100, 100, &value) && value == 7, "decimal above the most");
	ok(text_decimal("12", 0, 0, 100, &value) && value == 12, "decimal without decimals");
	ok(!text_decimal("12.0", 0, 0, 1000, &value), "decimal with one too many");
}

static const struct {
	const char *text;
	bool date;
	bool uuid;
} form_cases[] = {
	{ "2024-01-15", true, false },
	{ "2024-02-29", true, false },
	{ "2000-02-29", true, false },
	{ "0001-01-01", true, false },
	{ "9999-12-31", true, false },
	{ "0000-01-01", false, false },
	{ "2023-02-29", false, false },
	{ "1900-02-29", false, false },
	{ "2024-04-31", false, false },
	{ "2024-13-01", false, false },
	{ "2024-00-01", false, false },
	{ "2024-01-00", false, false },
	{ "2024-1-15", false, false },
	{ "2024-01-15 ", false, false },
	{ "2024-01-15T00:00:00Z", false, false },
	{ "24-01-15", false, false },
	{ "-024-01-15", false, false },
	{ "01a1fba6-8a3b-7c55-9b4e-0123456789ab", false, true },
	{ "01A1FBA6-8A3B-7C55-9B4E-0123456789AB", false, true },
	{ "01a1fba6-8a3b-7c55-9b4e-0123456789a", false, false },
	{ "01a1fba6-8a3b-7c55-9b4e-0123456789abc", false, false },
	{ "01a1fba68a3b7c559b4e0123456789ab", false, false },
	{ "{01a1fba6-8a3b-7c55-9b4e-0123456789ab}", false, false },
	{ "01a1fbag-8a3b-7c55-9b4e-0123456789ab", false, false },
	{ "", false, false },
};

static void
test_forms(void)
{
	for (size_t i = 0; i < LENGTH(form_cases); i++) {
		ok(text_date(form_cases[i].text) == form_cases[i].date, "date '%s'",
		    form_cases[i].text);
		ok(text_uuid(form_cases[i].text) == form_cases[i].uuid, "uuid '%s'",
		    form_cases[i].text);
	}
}

int
main(void)
{
	char hex[9];

	test_int();
	test_utf8();
	test_utf8_places();
	test_decimal();
	test_forms();
	for (size_t i = 0; i < LENGTH(ascii_cases); i++)
		ok(text_visible_ascii(ascii_cases[i].text, ascii_cases[i].max) ==
			ascii_cases[i].good,
		    "visible ascii '%s' up to %zu", ascii_cases[i].text, ascii_cases[i].max);
	text_hex((const unsigned char *)"\x00\x0f\xf0\xff", 4, hex);
	is_str(hex, "000ff0ff", "hex of four bytes");
	text_hex(NULL, 0, hex);
	is_str(hex, "", "hex of nothing");
	return done();
}
