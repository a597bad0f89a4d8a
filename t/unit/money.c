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

/* clang-format on */

/* What money_floor() makes of an exact copy without NUL: the amount, or UNSET when refused. */
static int64_t
read_exact(const char *text, int exponent, bool *taken)
{
	size_t len = strlen(text);
	char *exact = malloc(len + (len == 0));
	int64_t minor = UNSET;

	memcpy(exact, text, len);
	*taken = money_floor(exact, len, exponent, &minor);
	free(exact);
	return minor;
}

static void
check_floor(const char *text, int exponent, int64_t want)
{
	bool taken;
	int64_t minor = read_exact(text, exponent, &taken);

	ok(taken == (want != REFUSED), "floor '%s' with %d decimals is %s", text, exponent,
	    want != REFUSED ? "taken" : "refused");
	is_int(minor, want == REFUSED ? UNSET : want, "floor '%s': amount", text);
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
		got = read_exact(text, exponent, &taken);
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
		bool floored;
		char *text = money_format(&arena, minor, exponent);

		wrong += read_exact(text, exponent, &floored) != minor || !floored;
		arena_reset(&arena);
	}
	is_int(wrong, 0, "20000 random amounts survive printing and reading");
}

int
main(void)
{
	arena_init(&arena);
	for (size_t i = 0; i < LENGTH(floor_cases); i++)
		check_floor(floor_cases[i].text, floor_cases[i].exponent, floor_cases[i].minor);
	for (size_t i = 0; i < LENGTH(format_cases); i++)
		is_str(money_format(&arena, format_cases[i].minor, format_cases[i].exponent),
		    format_cases[i].text, "format %" PRId64 " with %d decimals",
		    format_cases[i].minor, format_cases[i].exponent);
	test_floor_property();
	test_round_trip();
	arena_release(&arena);
	return done();
}
