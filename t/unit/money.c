/* Protects: amounts are read, rounded and printed exactly, and never quietly cut. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/money.h"
#include "t/lib/tap.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define UNSET 4711
#define REFUSED INT64_MIN

static struct arena arena;

/* clang-format off */
static const struct exponent_case {
	const char *currency;
	int exponent;
} exponent_cases[] = {
	{ "usd", 2 }, { "eur", 2 }, { "gbp", 2 }, { "isk", 2 }, { "ugx", 2 }, { "huf", 2 },
	{ "aed", 2 }, { "zmw", 2 },
	{ "jpy", 0 }, { "bif", 0 }, { "xpf", 0 }, { "krw", 0 }, { "clp", 0 },
	{ "kwd", 3 }, { "bhd", 3 }, { "tnd", 3 },
	{ "USD", -1 }, { "", -1 }, { "us", -1 }, { "usdx", -1 }, { "zzz", -1 }, { " us", -1 },
	{ "d e", -1 }, { "xau", -1 },
};

static const struct parse_case {
	const char *text;
	int exponent;
	int64_t minor;
} parse_cases[] = {
	{ "412.50", 2, 41250 }, { "412.5", 2, 41250 }, { "412", 2, 41200 }, { "0", 2, 0 },
	{ "0.00", 2, 0 }, { "0.01", 2, 1 }, { "0.1", 3, 100 }, { "1.234", 3, 1234 },
	{ "500", 0, 500 }, { "0.000000000000000001", 18, 1 },
	{ "10000000000000.00", 2, MONEY_MAX }, { "10000000000000", 2, MONEY_MAX },
	{ "1000000000000000", 0, MONEY_MAX }, { "9999999999999.99", 2, MONEY_MAX - 1 },
	{ "10000000000000.01", 2, REFUSED }, { "10000000000001", 2, REFUSED },
	{ "1000000000000001", 0, REFUSED }, { "10000000000000000", 0, REFUSED },
	{ "99999999999999999999999999999999", 2, REFUSED },
	{ "18446744073709551617", 0, REFUSED },
	{ "", 2, REFUSED }, { ".", 2, REFUSED }, { ".50", 2, REFUSED }, { "412.", 2, REFUSED },
	{ "412.505", 2, REFUSED }, { "412.500", 2, REFUSED }, { "412.0", 0, REFUSED },
	{ "412.", 0, REFUSED }, { "-1", 2, REFUSED }, { "+1", 2, REFUSED }, { "-0", 2, REFUSED },
	{ "01", 2, REFUSED }, { "00", 2, REFUSED }, { "00.5", 2, REFUSED }, { " 1", 2, REFUSED },
	{ "1 ", 2, REFUSED }, { "1\n", 2, REFUSED }, { "1e2", 2, REFUSED }, { "1,5", 2, REFUSED },
	{ "1.2.3", 2, REFUSED }, { "1..2", 2, REFUSED }, { "0x1", 2, REFUSED },
	{ "1_000", 2, REFUSED }, { "\xd9\xa1", 2, REFUSED }, { "NaN", 2, REFUSED },
};

static const struct floor_case {
	const char *text;
	int exponent;
	int64_t minor;
} floor_cases[] = {
	{ "412.509", 2, 41250 }, { "412.50", 2, 41250 }, { "0.999", 2, 99 }, { "0", 2, 0 },
	{ "0.009", 2, 0 }, { "-0.5", 2, -50 }, { "-0.5", 0, -1 }, { "-0.001", 2, -1 },
	{ "-412.501", 2, -41251 }, { "-412.50", 2, -41250 }, { "-412.500000", 2, -41250 },
	{ "-0", 2, 0 }, { "-0.000", 2, 0 }, { "-0e5", 2, 0 },
	{ "1e2", 2, 10000 }, { "1E+2", 2, 10000 }, { "12345e-2", 2, 12345 },
	{ "12345e-3", 2, 1234 }, { "-12345e-3", 2, -1235 }, { "1.5e-1", 2, 15 },
	{ "1e-2", 2, 1 }, { "1e-3", 2, 0 }, { "-1e-3", 2, -1 }, { "1e-999999999999999999999", 2,
	    0 },
	{ "-1e-999999999999999999999", 2, -1 }, { "0e999999999999999999999", 2, 0 },
	{ "0.00000000000000000001e22", 2, 10000 },
	{ "100000000000000000000e-20", 2, 100 },
	{ "0.1", 2, 10 }, { "0.29", 2, 29 }, { "1.15", 2, 115 }, { "4.35", 2, 435 },
	{ "1.005", 2, 100 }, { "8.99999999999999999999999999999999999999", 2, 899 },
	{ "10000000000000", 2, MONEY_MAX }, { "10000000000000.009", 2, MONEY_MAX },
	{ "-10000000000000", 2, -MONEY_MAX }, { "10000000000000.01", 2, REFUSED },
	{ "-10000000000000.001", 2, REFUSED }, { "1e13", 2, MONEY_MAX }, { "1e14", 2, REFUSED },
	{ "-1e14", 2, REFUSED }, { "1e999999999999999999999", 2, REFUSED }, { "1e300", 2, REFUSED },
	{ "", 2, REFUSED }, { "-", 2, REFUSED }, { ".5", 2, REFUSED }, { "5.", 2, REFUSED },
	{ "01", 2, REFUSED }, { "+1", 2, REFUSED }, { "1e", 2, REFUSED }, { "1e+", 2, REFUSED },
	{ "1 ", 2, REFUSED }, { " 1", 2, REFUSED }, { "e5", 2, REFUSED }, { "-e5", 2, REFUSED },
	{ "1e5e5", 2, REFUSED }, { "1e5.0", 2, REFUSED }, { "NaN", 2, REFUSED },
	{ "Infinity", 2, REFUSED }, { "0x10", 2, REFUSED }, { "1,0", 2, REFUSED },
};

static const struct format_case {
	int64_t minor;
	int exponent;
	const char *text;
} format_cases[] = {
	{ 41250, 2, "412.50" }, { -5, 2, "-0.05" }, { 7, 0, "7" }, { 0, 2, "0.00" },
	{ 0, 0, "0" }, { -100, 2, "-1.00" }, { 1234, 3, "1.234" }, { 99, 2, "0.99" },
	{ INT64_MAX, 2, "92233720368547758.07" }, { INT64_MIN, 2, "-92233720368547758.08" },
	{ INT64_MIN, 0, "-9223372036854775808" }, { INT64_MIN, 18, "-9.223372036854775808" },
	{ 1, 18, "0.000000000000000001" },
};

static const struct sum_case {
	int64_t a, b, sum, difference;	/* REFUSED = overflow */
} sum_cases[] = {
	{ 1, 2, 3, -1 }, { -1, 1, 0, -2 }, { INT64_MAX, 0, INT64_MAX, INT64_MAX },
	{ INT64_MAX, 1, REFUSED, INT64_MAX - 1 }, { -INT64_MAX, 2, 2 - INT64_MAX, REFUSED },
	{ INT64_MAX, -1, INT64_MAX - 1, REFUSED }, { -INT64_MAX, -2, REFUSED, 2 - INT64_MAX },
	{ 0, INT64_MIN, REFUSED, REFUSED },
};
/* clang-format on */

typedef bool reader(const char *text, size_t len, int exponent, int64_t *minor);

/* What the reader makes of an exact copy without NUL: the amount, or UNSET when refused. */
static int64_t
read_exact(reader *read, const char *text, int exponent, bool *taken)
{
	size_t len = strlen(text);
	char *exact = malloc(len + (len == 0));
	int64_t minor = UNSET;

	memcpy(exact, text, len);
	*taken = read(exact, len, exponent, &minor);
	free(exact);
	return minor;
}

static void
check_reader(reader *read, const char *name, const char *text, int exponent, int64_t want)
{
	bool taken;
	int64_t minor = read_exact(read, text, exponent, &taken);

	ok(taken == (want != REFUSED), "%s '%s' with %d decimals is %s", name, text, exponent,
	    want != REFUSED ? "taken" : "refused");
	is_int(minor, want == REFUSED ? UNSET : want, "%s '%s': amount", name, text);
}

static void
check_sum(const struct sum_case *c)
{
	int64_t sum = UNSET, difference = UNSET;

	/* INT64_MIN stands for "refused" in the table, so the last row overflows only below. */
	if (c->b == INT64_MIN) {
		ok(money_add(c->a, c->b, &sum) && sum == INT64_MIN, "0 + least");
		ok(!money_sub(c->a, c->b, &difference) && difference == UNSET, "0 - least");
		return;
	}
	ok(money_add(c->a, c->b, &sum) == (c->sum != REFUSED) &&
		sum == (c->sum == REFUSED ? UNSET : c->sum),
	    "%" PRId64 " + %" PRId64, c->a, c->b);
	ok(money_sub(c->a, c->b, &difference) == (c->difference != REFUSED) &&
		difference == (c->difference == REFUSED ? UNSET : c->difference),
	    "%" PRId64 " - %" PRId64, c->a, c->b);
}

/* --- properties with random values, from a fixed seed -------------------- */

static uint64_t random_state = 20261120;

static uint64_t
next_random(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

/*
 * floor(mantissa * 10^power) by repeated multiplication or division, as one
 * does by hand; the mantissa is small enough for 128 bits.
 */
static __int128
floor_by_hand(__int128 mantissa, int power)
{
	for (; power > 0; power--)
		mantissa *= 10;
	for (; power < 0; power++)
		mantissa = mantissa / 10 - (mantissa % 10 < 0);
	return mantissa;
}

/* "-12.345e-6" from mantissa and power with the point at a random place. */
static char *
spell(int64_t mantissa, int power)
{
	char *digits = arena_printf(&arena, "%" PRId64, mantissa < 0 ? -mantissa : mantissa);
	int len = (int)strlen(digits), decimals = (int)next_random((uint64_t)len);
	int whole = len - decimals;

	power += decimals;
	return arena_printf(&arena, "%s%.*s%s%s%s", mantissa < 0 ? "-" : "", whole, digits,
	    decimals > 0 ? "." : "", digits + whole,
	    power == 0 && next_random(2) ?
		"" :
		arena_printf(&arena, "%s%d", next_random(2) ? "e" : "E", power));
}

static void
test_floor_property(void)
{
	int wrong = 0, taken_count = 0;

	for (int i = 0; i < 20000; i++) {
		int64_t mantissa = (int64_t)next_random(UINT64_C(1) << (1 + next_random(62)));
		int power = (int)next_random(24) - 14, exponent = (int)next_random(4);
		__int128 want;
		int64_t got;
		char *text;
		bool taken;

		mantissa = next_random(2) ? mantissa : -mantissa;
		text = spell(mantissa, power);
		want = floor_by_hand(mantissa, power + exponent);
		got = read_exact(money_floor, text, exponent, &taken);
		taken_count += taken;
		if (taken != (want <= MONEY_MAX && want >= -MONEY_MAX) || (taken && got != want)) {
			wrong++;
			diag("floor of %s with %d decimals: got %" PRId64, text, exponent, got);
		}
		arena_reset(&arena);
	}
	is_int(wrong, 0, "20000 random numbers floor as by hand");
	ok(taken_count > 5000 && taken_count < 20000, "some of them beyond the maximum");
}

static void
test_round_trip(void)
{
	int wrong = 0;

	for (int i = 0; i < 20000; i++) {
		int64_t minor = (int64_t)next_random(UINT64_C(1) << (1 + next_random(49)));
		int exponent = (int)next_random(5);
		bool parsed, floored;
		char *text = money_format(&arena, minor, exponent);

		wrong += read_exact(money_parse, text, exponent, &parsed) != minor || !parsed;
		wrong += read_exact(money_floor, text, exponent, &floored) != minor || !floored;
		arena_reset(&arena);
	}
	is_int(wrong, 0, "20000 random amounts survive printing and reading");
}

int
main(void)
{
	arena_init(&arena);
	for (size_t i = 0; i < LENGTH(exponent_cases); i++)
		is_int(money_exponent(exponent_cases[i].currency), exponent_cases[i].exponent,
		    "exponent of '%s'", exponent_cases[i].currency);
	for (size_t i = 0; i < LENGTH(parse_cases); i++)
		check_reader(money_parse, "parse", parse_cases[i].text, parse_cases[i].exponent,
		    parse_cases[i].minor);
	for (size_t i = 0; i < LENGTH(floor_cases); i++)
		check_reader(money_floor, "floor", floor_cases[i].text, floor_cases[i].exponent,
		    floor_cases[i].minor);
	for (size_t i = 0; i < LENGTH(format_cases); i++)
		is_str(money_format(&arena, format_cases[i].minor, format_cases[i].exponent),
		    format_cases[i].text, "format %" PRId64 " with %d decimals",
		    format_cases[i].minor, format_cases[i].exponent);
	for (size_t i = 0; i < LENGTH(sum_cases); i++)
		check_sum(&sum_cases[i]);
	test_floor_property();
	test_round_trip();
	arena_release(&arena);
	return done();
}
