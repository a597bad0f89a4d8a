/* Exact amounts: rounding and printing of minor units. */
#include "core/base/money.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/text.h"

/* The most decimals that a caller may name. */
#define MONEY_EXPONENT_MAX 18

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* value * 10 + digit; false = more than MONEY_MAX. */
static bool
append_digit(int64_t *value, char digit)
{
	if (*value > (MONEY_MAX - (digit - '0')) / 10)
		return false;
	*value = *value * 10 + (digit - '0');
	return true;
}

/* Parses the exponent of "e-12"; an absurdly large one saturates. */
static int64_t
read_power(const char *at, const char *end)
{
	bool negative = at < end && *at == '-';
	int64_t power = 0;

	if (at < end && !is_digit(*at))
		at++;
	for (; at < end; at++) {
		if (power < INT64_C(1000000000000000))
			power = power * 10 + (*at - '0');
	}
	return negative ? -power : power;
}

/* The start of the number's exponent, or the end of the number. */
static const char *
find_power(const char *text, const char *end)
{
	while (text < end && *text != 'e' && *text != 'E')
		text++;
	return text;
}

bool
money_floor(const char *text, size_t len, int exponent, int64_t *minor)
{
	const char *end = text + len, *e = find_power(text, end), *point, *at;
	bool negative = len > 0 && *text == '-', rest = false;
	int64_t value = 0, left;

	CHECK(exponent >= 0 && exponent <= MONEY_EXPONENT_MAX);
	if (len == 0 || text_json_number(text, len) != len)
		return false;
	text += negative;
	point = memchr(text, '.', (size_t)(e - text));

	/* Digits left of the decimal point after both exponents have moved it. */
	left = (point == NULL ? e : point) - text + exponent;
	left += e < end ? read_power(e + 1, end) : 0;
	for (at = text; at < e; at++) {
		if (at == point)
			continue;
		if (left-- <= 0)
			rest = rest || *at != '0';
		else if (!append_digit(&value, *at))
			return false;
	}
	for (; left > 0 && value > 0; left--) {
		if (!append_digit(&value, '0'))
			return false;
	}
	value = negative ? -value - rest : value;
	if (value < -MONEY_MAX)
		return false;
	*minor = value;
	return true;
}

char *
money_format(struct arena *arena, int64_t minor, int exponent)
{
	const char *sign = minor < 0 ? "-" : "";
	uint64_t size = minor < 0 ? -(uint64_t)minor : (uint64_t)minor, unit = 1;

	CHECK(exponent >= 0 && exponent <= MONEY_EXPONENT_MAX);
	if (exponent == 0)
		return arena_printf(arena, "%s%" PRIu64, sign, size);
	for (int i = 0; i < exponent; i++)
		unit *= 10;
	return arena_printf(arena, "%s%" PRIu64 ".%0*" PRIu64, sign, size / unit, exponent,
	    size % unit);
}
