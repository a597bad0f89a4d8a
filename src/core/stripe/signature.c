/* Verifies the signature of a Stripe event (HMAC-SHA256). */
#include <stdbool.h>
#include <string.h>

#include "core/base/conf_value.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "core/stripe/signature.h"

#define HEX_LEN (2 * CRYPTO_SHA256_BYTES)
#define TIME_LEN 20 /* digits of INT64_MAX, and NUL */
/* of "v1=", the hex digits and a comma: what fits into the longest header */
#define SIGNATURES_MAX (LIMIT_SIGNATURE_HEADER_BYTES / (HEX_LEN + 4) + 1)

struct signature_header {
	char time_text[TIME_LEN]; /* exactly as signed; "" = none yet */
	int64_t time_s;
	size_t count;
	unsigned char v1[SIGNATURES_MAX][CRYPTO_SHA256_BYTES];
};

static bool parse(const char *header, struct signature_header *parsed);
static bool any_fits(const struct signature_header *parsed, const char *body, size_t body_len,
    const struct conf_secrets *secrets);

enum signature_result
signature_verify(const char *header, const char *body, size_t body_len,
    const struct conf_secrets *secrets, int64_t now_s)
{
	struct signature_header parsed;

	if (header == NULL || !parse(header, &parsed))
		return SIGNATURE_MALFORMED;
	if (!any_fits(&parsed, body, body_len, secrets))
		return SIGNATURE_MISMATCH;
	if (parsed.time_s < now_s - LIMIT_SIGNATURE_AGE_S ||
	    parsed.time_s > now_s + LIMIT_SIGNATURE_AGE_S)
		return SIGNATURE_EXPIRED;
	return SIGNATURE_OK;
}

/* --- parser ---------------------------------------------------------------- */

static bool
parse_time(const char *value, size_t len, struct signature_header *parsed)
{
	if (parsed->time_text[0] != '\0' || len == 0 || len >= TIME_LEN)
		return false;
	memcpy(parsed->time_text, value, len);
	parsed->time_text[len] = '\0';
	return text_int(parsed->time_text, 0, INT64_MAX, &parsed->time_s);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool
parse_v1(const char *value, size_t len, struct signature_header *parsed)
{
	unsigned char *out;

	if (len != HEX_LEN || parsed->count == SIGNATURES_MAX)
		return false;
	out = parsed->v1[parsed->count++];
	for (size_t i = 0; i < CRYPTO_SHA256_BYTES; i++) {
		int high = hex_digit(value[2 * i]);
		int low = hex_digit(value[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}

/* A well-formed part of another scheme, which is ignored. */
static bool
other_scheme(const char *name, size_t name_len, const char *value, size_t len)
{
	for (size_t i = 0; i < name_len; i++) {
		bool digit = name[i] >= '0' && name[i] <= '9';

		if (!digit && !(name[i] >= 'a' && name[i] <= 'z'))
			return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (value[i] < '!' || value[i] > '~')
			return false;
	}
	return name_len > 0;
}

static bool
parse_part(const char *part, size_t len, struct signature_header *parsed)
{
	const char *equals = memchr(part, '=', len);
	const char *value;
	size_t name_len, value_len;

	if (equals == NULL)
		return false;
	name_len = (size_t)(equals - part);
	value = equals + 1;
	value_len = len - name_len - 1;
	if (name_len == 1 && part[0] == 't')
		return parse_time(value, value_len, parsed);
	if (name_len == 2 && memcmp(part, "v1", 2) == 0)
		return parse_v1(value, value_len, parsed);
	return other_scheme(part, name_len, value, value_len);
}

static bool
parse(const char *header, struct signature_header *parsed)
{
	size_t len = strnlen(header, LIMIT_SIGNATURE_HEADER_BYTES + 1);
	const char *end = header + len;
	const char *part = header;

	parsed->time_text[0] = '\0';
	parsed->count = 0;
	if (len > LIMIT_SIGNATURE_HEADER_BYTES)
		return false;
	for (;;) {
		const char *comma = memchr(part, ',', (size_t)(end - part));
		const char *stop = comma != NULL ? comma : end;

		if (!parse_part(part, (size_t)(stop - part), parsed))
			return false;
		if (comma == NULL)
			return parsed->time_text[0] != '\0' && parsed->count > 0;
		part = comma + 1;
	}
}

/* --- comparison ------------------------------------------------------------ */

/* Compares all pairs, so that the duration does not depend on which one matches. */
static bool
any_fits(const struct signature_header *parsed, const char *body, size_t body_len,
    const struct conf_secrets *secrets)
{
	const struct crypto_part parts[] = {
		{ parsed->time_text, strlen(parsed->time_text) },
		{ ".", 1 },
		{ body, body_len },
	};
	unsigned char expected[CRYPTO_SHA256_BYTES];
	bool fits = false;

	for (size_t i = 0; i < secrets->count; i++) {
		const char *secret = secrets->value[i];

		if (secret[0] == '\0')
			continue; /* anyone can sign with an empty key */
		crypto_hmac_sha256(secret, strlen(secret), parts, sizeof(parts) / sizeof(parts[0]),
		    expected);
		for (size_t j = 0; j < parsed->count; j++)
			fits |= crypto_equal(expected, parsed->v1[j], sizeof(expected));
	}
	return fits;
}
