/* Checks and conversions of text. */
#include "core/base/text.h"

#include <string.h>

bool
text_int(const char *text, int64_t min, int64_t max, int64_t *value)
{
	bool negative = text[0] == '-';
	const char *digit = text + negative;
	int64_t n = 0;

	if (*digit == '\0' || (digit[0] == '0' && digit[1] != '\0'))
		return false;
	/* Accumulates downward, because -INT64_MIN does not fit into int64_t. */
	for (; *digit != '\0'; digit++) {
		if (*digit < '0' || *digit > '9' || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, *digit - '0', &n))
			return false;
	}
	if (!negative && __builtin_sub_overflow(0, n, &n))
		return false;
	if (n < min || n > max)
		return false;
	*value = n;
	return true;
}

static size_t
digits(const char *at, const char *end)
{
	const char *start = at;

	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return (size_t)(at - start);
}

size_t
text_json_number(const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	size_t count;

	if (at < end && *at == '-')
		at++;
	count = digits(at, end);
	if (count == 0 || (*at == '0' && count > 1))
		return 0;
	at += count;
	if (at < end && *at == '.') {
		count = digits(++at, end);
		if (count == 0)
			return 0;
		at += count;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		count = digits(at, end);
		if (count == 0)
			return 0;
		at += count;
	}
	return (size_t)(at - text);
}

bool
text_decimal(const char *text, int decimals, int64_t min, int64_t max, int64_t *value)
{
	bool negative = text[0] == '-';
	const char *at = text + negative;
	size_t whole = strspn(at, "0123456789");
	size_t fraction = at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
	int64_t n = 0;

	if (whole == 0 || (at[0] == '0' && whole > 1) || (at[whole] == '.' && fraction == 0) ||
	    fraction > (size_t)decimals || at[whole + (at[whole] == '.') + fraction] != '\0')
		return false;
	for (; *at != '\0'; at++) {
		if (*at != '.' &&
		    (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *at - '0', &n)))
			return false;
	}
	for (size_t i = fraction; i < (size_t)decimals; i++) {
		if (__builtin_mul_overflow(n, 10, &n))
			return false;
	}
	n = negative ? -n : n;
	if (n < min || n > max)
		return false;
	*value = n;
	return true;
}

int
text_number(const char *digits, size_t count)
{
	int n = 0;

	for (size_t i = 0; i < count; i++)
		n = n * 10 + digits[i] - '0';
	return n;
}

bool
text_begins_with_form(const char *text, const char *form)
{
	for (; *form != '\0'; text++, form++) {
		const char *set = *form == '0' ? "0123456789" :
		    *form == 'x'               ? "0123456789abcdefABCDEF" :
						 NULL;

		if (*text == '\0' || (set == NULL ? *text != *form : strchr(set, *text) == NULL))
			return false;
	}
	return true;
}

static bool
has_form(const char *text, const char *form)
{
	return text_begins_with_form(text, form) && text[strlen(form)] == '\0';
}

bool
text_date(const char *text)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day;
	bool leap;

	if (!has_form(text, "0000-00-00"))
		return false;
	year = text_number(text, 4);
	month = text_number(text + 5, 2);
	day = text_number(text + 8, 2);
	leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
	    day <= days[month - 1] + (month == 2 && leap);
}

bool
text_uuid(const char *text)
{
	return has_form(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

/*
 * The range of the second byte depends on the first (RFC 3629 section 4).  That
 * excludes overlong forms, surrogates and code points beyond U+10FFFF.
 */
size_t
text_utf8_sequence(const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;
	unsigned char first = s[0], low = 0x80, high = 0xbf;
	size_t want, i;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	want = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (len < want || s[1] < low || s[1] > high)
		return 0;
	for (i = 2; i < want; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return want;
}

static bool
ascii_eight(const char *data)
{
	uint64_t bytes;

	memcpy(&bytes, data, sizeof(bytes));
	return (bytes & 0x8080808080808080) == 0;
}

bool
text_utf8_valid(const char *data, size_t len)
{
	size_t step;

	for (; len > 0; data += step, len -= step) {
		step = len >= 8 && ascii_eight(data) ? 8 : text_utf8_sequence(data, len);
		if (step == 0)
			return false;
	}
	return true;
}

size_t
text_utf8_length(const char *data, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)data[i] & 0xc0) != 0x80;
	return count;
}

/* Bytes of the white space or zero-width character at the start of valid UTF-8, 0 = none. */
static size_t
blank_at(const char *text, size_t len)
{
	static const struct {
		uint32_t first, last;
	} blanks[] = { { 0x09, 0x0d }, { 0x20, 0x20 }, { 0x85, 0x85 }, { 0xa0, 0xa0 },
		{ 0x1680, 0x1680 }, { 0x180e, 0x180e }, { 0x2000, 0x200d }, { 0x2028, 0x2029 },
		{ 0x202f, 0x202f }, { 0x205f, 0x2060 }, { 0x3000, 0x3000 }, { 0xfeff, 0xfeff } };
	size_t bytes = len == 0 ? 0 : text_utf8_sequence(text, len);
	uint32_t c = bytes == 0 ? 0 : (unsigned char)text[0] & (bytes == 1 ? 0x7f : 0x7f >> bytes);

	for (size_t i = 1; i < bytes; i++)
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++) {
		if (c >= blanks[i].first && c <= blanks[i].last)
			return bytes;
	}
	return 0;
}

const char *
text_trim(const char *text, size_t *len)
{
	size_t end = 0, blank, step;

	for (; (blank = blank_at(text, *len)) > 0; text += blank)
		*len -= blank;
	for (size_t i = 0; i < *len; i += step) {
		blank = blank_at(text + i, *len - i);
		step = blank > 0 ? blank : text_utf8_sequence(text + i, *len - i);
		step += step == 0;
		end = blank > 0 ? end : i + step;
	}
	*len = end;
	return text;
}

void
text_hex(const unsigned char *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[data[i] >> 4];
		*out++ = digits[data[i] & 15];
	}
	*out = '\0';
}

bool
text_visible_ascii(const char *text, size_t max)
{
	size_t len = 0;

	for (; text[len] != '\0'; len++) {
		if (text[len] < '!' || text[len] > '~' || len >= max)
			return false;
	}
	return len > 0;
}
