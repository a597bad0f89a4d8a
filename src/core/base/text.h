/* Small checks and conversions of text that more than one file needs. */
#ifndef PURSER_BASE_TEXT_H
#define PURSER_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The whole text is one decimal integer in [min, max]: optional '-', no '+', no
 * spaces, no leading zeros.  False leaves *value as it was.
 */
bool text_int(const char *text, int64_t min, int64_t max, int64_t *value);

/*
 * Length of the number at the start of the text by JSON's grammar (RFC 8259
 * section 6), up to the first character that cannot belong to it; 0 = none.
 */
size_t text_json_number(const char *text, size_t len);

/*
 * Whole text is a decimal like "-12.5" in JSON's grammar without an exponent
 * and with at most `decimals` of them; *value is in the smallest unit (12.5
 * with 2 decimals is 1250), in [min, max].  False leaves *value as it was.
 */
bool text_decimal(const char *text, int decimals, int64_t min, int64_t max, int64_t *value);

/* Whole text is YYYY-MM-DD and a day of the calendar, from 0001-01-01 on. */
bool text_date(const char *text);

/*
 * Does the text begin like the form?  '0' in the form matches a digit, 'x' a hex digit, any other
 * character itself.
 */
bool text_begins_with_form(const char *text, const char *form);

/* The number of `count` decimal digits, at most nine, which the caller has checked. */
int text_number(const char *digits, size_t count);

/* Whole text is a UUID in its usual form, in either case. */
bool text_uuid(const char *text);

/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool text_utf8_valid(const char *data, size_t len);

/* Bytes of the character at the start of len > 0 bytes; 0 = malformed or cut. */
size_t text_utf8_sequence(const char *data, size_t len);

/* Number of code points of valid UTF-8. */
size_t text_utf8_length(const char *data, size_t len);

/*
 * The text without Unicode's white space and zero-width characters at both ends; *len becomes its
 * length.  journal.name_clean() trims the same.
 */
const char *text_trim(const char *text, size_t *len);

/* Lower-case hex; out holds 2 * len + 1 bytes. */
void text_hex(const unsigned char *data, size_t len, char *out);

/* Every character in '!'..'~' and length in [1, max]. */
bool text_visible_ascii(const char *text, size_t max);

#endif
