/* Exact amounts: parsing, rounding and printing of minor units. */
#include "core/base/money.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/text.h"

/* The most decimals that a caller may name. */
#define MONEY_EXPONENT_MAX 18

/*
 * Stripe's currencies by number of decimals.  isk and ugx have none in ISO 4217,
 * but Stripe takes them with two, which must be 00.
 */
static const char decimals_0[] = " bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf ";
static const char decimals_2[] =
    " aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd btn bwp"
    " byn bzd cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel ghs"
    " gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr"
    " lrd lsl mad mdl mkd mmk mnt mop mro mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd"
    " pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sll sos srd std"
    " svc szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd yer zar zmw ";
static const char decimals_3[] = " bhd jod kwd omr tnd ";

int
money_exponent(const char *currency)
{
	char word[] = " xxx ";

	if (strlen(currency) != 3 || strspn(currency, "abcdefghijklmnopqrstuvwxyz") != 3)
		return -1;
	memcpy(word + 1, currency, 3);
	if (strstr(decimals_2, word) != NULL)
		return 2;
	if (strstr(decimals_0, word) != NULL)
		return 0;
	if (strstr(decimals_3, word) != NULL)
		return 3;
	return -1;
}

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

bool
money_parse(const char *text, size_t len, int exponent, int64_t *minor)
{
	const char *end = text + len, *point = memchr(text, '.', len);
	size_t whole = point == NULL ? len : (size_t)(point - text);
	size_t decimals = point == NULL ? 0 : len - whole - 1;
	int64_t value = 0;

	CHECK(exponent >= 0 && exponent <= MONEY_EXPONENT_MAX);
	if (whole == 0 || (text[0] == '0' && whole > 1))
		return false;
	if (decimals > (size_t)exponent || (point != NULL && decimals == 0))
		return false;
	for (const char *at = text; at < end; at++) {
		if (at != point && (!is_digit(*at) || !append_digit(&value, *at)))
			return false;
	}
	for (; decimals < (size_t)exponent; decimals++) {
		if (!append_digit(&value, '0'))
			return false;
	}
	*minor = value;
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

bool
money_add(int64_t a, int64_t b, int64_t *sum)
{
	int64_t result;

	if (__builtin_add_overflow(a, b, &result))
		return false;
	*sum = result;
	return true;
}

bool
money_sub(int64_t a, int64_t b, int64_t *difference)
{
	int64_t result;

	if (__builtin_sub_overflow(a, b, &result))
		return false;
	*difference = result;
	return true;
}
