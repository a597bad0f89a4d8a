/* Protects: only an event that Stripe signed within five minutes is accepted. */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/conf_value.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "core/stripe/signature.h"
#include "t/lib/tap.h"

#define NOW 1781913605
#define KNOWN_HEX "3279134448cf692b344d51f9edb5a298d8511706942979cfcd3e7ca7380d5783"
#define BODY "{\"id\":\"evt_1\"}"

static struct arena arena;
static char old_secret[] = "whsec_old", new_secret[] = "whsec_new", empty[] = "";
static const struct conf_secrets both = { 2, { old_secret, new_secret } };

/* "v1=<hex>" over "time.body" with a secret. */
static const char *
sign(const char *secret, const char *time, const char *body)
{
	unsigned char mac[CRYPTO_SHA256_BYTES];
	char hex[2 * CRYPTO_SHA256_BYTES + 1];
	const char *text = arena_printf(&arena, "%s.%s", time, body);
	const struct crypto_part part = { text, strlen(text) };

	crypto_hmac_sha256(secret, strlen(secret), &part, 1, mac);
	text_hex(mac, sizeof(mac), hex);
	return arena_printf(&arena, "v1=%s", hex);
}

static void
verify(const char *header, enum signature_result want, const char *name)
{
	is_int(signature_verify(header, BODY, strlen(BODY), &both, NOW), want, "%s", name);
}

/* --- a signature that another program made ---------------------------------- */

static void
test_known(void)
{
	/* printf '1781913605.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_old */
	is_str(sign("whsec_old", "1781913605", BODY), "v1=" KNOWN_HEX,
	    "what we sign in this test is what openssl signs");
	verify("t=1781913605,v1=" KNOWN_HEX, SIGNATURE_OK, "openssl's signature");
}

/* --- time -------------------------------------------------------------------- */

/* clang-format off */
static const struct age_case {
	int64_t age_s;
	enum signature_result want;
} age_cases[] = {
	{ 0, SIGNATURE_OK },
	{ 299, SIGNATURE_OK },
	{ 300, SIGNATURE_OK },
	{ 301, SIGNATURE_EXPIRED },
	{ NOW, SIGNATURE_EXPIRED },
	{ -299, SIGNATURE_OK },
	{ -300, SIGNATURE_OK },
	{ -301, SIGNATURE_EXPIRED },
	{ -1000, SIGNATURE_EXPIRED },
};
/* clang-format on */

static void
test_age(void)
{
	for (size_t i = 0; i < sizeof age_cases / sizeof *age_cases; i++) {
		const char *time =
		    arena_printf(&arena, "%lld", (long long)(NOW - age_cases[i].age_s));

		verify(arena_printf(&arena, "t=%s,%s", time, sign("whsec_old", time, BODY)),
		    age_cases[i].want,
		    arena_printf(&arena, "%lld s old", (long long)age_cases[i].age_s));
		verify(arena_printf(&arena, "t=%s,%s", time, sign("other", time, BODY)),
		    SIGNATURE_MISMATCH, "a wrong signature is never called old");
	}
	verify(arena_printf(&arena, "t=9223372036854775807,%s",
		   sign("whsec_old", "9223372036854775807", BODY)),
	    SIGNATURE_EXPIRED, "a signature of the last second of all has expired");
}

/* --- form -------------------------------------------------------------------- */

/* $t = "t=NOW", $v = right v1, $n = by the second secret, $x = wrong, $U = $v upper case. */
/* clang-format off */
static const struct form_case {
	const char *header;
	enum signature_result want;
	const char *name;
} form_cases[] = {
	{ "$t,$v", SIGNATURE_OK, "the usual form" },
	{ "$v,$t", SIGNATURE_OK, "v1 before t" },
	{ "$t,$n", SIGNATURE_OK, "the second secret" },
	{ "$t,$x,$v", SIGNATURE_OK, "two v1, the second right" },
	{ "$t,$v,$x", SIGNATURE_OK, "two v1, the first right" },
	{ "$t,$x,$x,$x,$n,$x", SIGNATURE_OK, "five v1, one right" },
	{ "$t,$v,v0=0123", SIGNATURE_OK, "v0 is ignored" },
	{ "v0=0123,$t,v2=x,$v", SIGNATURE_OK, "other schemes are ignored" },
	{ "$t,$x", SIGNATURE_MISMATCH, "a wrong v1" },
	{ "$t,$x,$x", SIGNATURE_MISMATCH, "two wrong v1" },
	{ "t=1781913606,$v", SIGNATURE_MISMATCH, "another time than was signed" },
	{ "", SIGNATURE_MALFORMED, "empty" },
	{ "$t", SIGNATURE_MALFORMED, "no v1" },
	{ "$v", SIGNATURE_MALFORMED, "no t" },
	{ "$t,v0=0123", SIGNATURE_MALFORMED, "v0 only" },
	{ "$t,$t,$v", SIGNATURE_MALFORMED, "two t" },
	{ "$t,$v,$t", SIGNATURE_MALFORMED, "a second t at the end" },
	{ "$t, $v", SIGNATURE_MALFORMED, "a space after the comma" },
	{ " $t,$v", SIGNATURE_MALFORMED, "a space in front" },
	{ "$t,$v ", SIGNATURE_MALFORMED, "a space at the end" },
	{ "$t;$v", SIGNATURE_MALFORMED, "a semicolon" },
	{ "$t,$v,", SIGNATURE_MALFORMED, "a comma at the end" },
	{ "$t,,$v", SIGNATURE_MALFORMED, "an empty part" },
	{ "$t,$U", SIGNATURE_MALFORMED, "upper-case hex" },
	{ "$t,v1=0123", SIGNATURE_MALFORMED, "a short v1" },
	{ "$t,$v0", SIGNATURE_MALFORMED, "a v1 one digit too long" },
	{ "$t,v1=", SIGNATURE_MALFORMED, "an empty v1" },
	{ "$t,v1", SIGNATURE_MALFORMED, "v1 without a value" },
	{ "$t,$v,=x", SIGNATURE_MALFORMED, "a part without a name" },
	{ "$t,$v,V0=x", SIGNATURE_MALFORMED, "an upper-case scheme" },
	{ "t=,$v", SIGNATURE_MALFORMED, "an empty t" },
	{ "t=+1781913605,$v", SIGNATURE_MALFORMED, "a plus" },
	{ "t=-1,$v", SIGNATURE_MALFORMED, "a negative time" },
	{ "t=01781913605,$v", SIGNATURE_MALFORMED, "a leading zero" },
	{ "t=1781913605.0,$v", SIGNATURE_MALFORMED, "a fraction" },
	{ "t=9223372036854775808,$v", SIGNATURE_MALFORMED, "beyond 64 bits" },
	{ "t=17819136050000000000000000000,$v", SIGNATURE_MALFORMED, "far beyond" },
	{ "T=1781913605,$v", SIGNATURE_MALFORMED, "an upper-case t" },
};
/* clang-format on */

static char *
upper(const char *text)
{
	char *copy = arena_strdup(&arena, text);

	for (char *c = copy + 3; *c != '\0'; c++)
		*c = *c >= 'a' && *c <= 'f' ? (char)(*c - 'a' + 'A') : *c;
	return copy;
}

static const char *
expand(const char *header)
{
	const char *right = sign("whsec_old", "1781913605", BODY), *part;
	char *out = arena_strdup(&arena, "");

	for (; *header != '\0'; header++) {
		if (*header != '$') {
			out = arena_printf(&arena, "%s%c", out, *header);
			continue;
		}
		header++;
		part = *header == 't' ? "t=1781913605" :
		    *header == 'v'    ? right :
		    *header == 'n'    ? sign("whsec_new", "1781913605", BODY) :
		    *header == 'U'    ? upper(right) :
					sign("other", "1781913605", BODY);
		out = arena_printf(&arena, "%s%s", out, part);
	}
	return out;
}

static void
test_form(void)
{
	for (size_t i = 0; i < sizeof form_cases / sizeof *form_cases; i++)
		verify(expand(form_cases[i].header), form_cases[i].want, form_cases[i].name);
	verify(NULL, SIGNATURE_MALFORMED, "no header");
}

/* --- length ------------------------------------------------------------------ */

/* A right header, filled with an ignored scheme to a length. */
static const char *
filled(size_t len)
{
	const char *right = expand("$t,$v,v0=");
	char *header = arena_alloc(&arena, len + 1);

	memset(header, 'x', len);
	memcpy(header, right, strlen(right));
	header[len] = '\0';
	return header;
}

static void
test_length(void)
{
	const char *right = expand("$v"), *wrong = expand("$x");
	char *many = arena_strdup(&arena, "t=1781913605");

	verify(filled(LIMIT_SIGNATURE_HEADER_BYTES), SIGNATURE_OK, "the longest header");
	verify(filled(LIMIT_SIGNATURE_HEADER_BYTES + 1), SIGNATURE_MALFORMED, "one byte longer");
	while (strlen(many) + 2 * (strlen(wrong) + 1) <= LIMIT_SIGNATURE_HEADER_BYTES)
		many = arena_printf(&arena, "%s,%s", many, wrong);
	verify(many, SIGNATURE_MISMATCH, "as many wrong v1 as fit");
	verify(arena_printf(&arena, "%s,%s", many, right), SIGNATURE_OK,
	    "a right v1 after many wrong ones is found");
}

/* --- body and secrets --------------------------------------------------------- */

static void
test_body(void)
{
	const char *header = expand("$t,$v");
	static const char with_nul[] = BODY "\0more";

	is_int(signature_verify(header, BODY " ", strlen(BODY) + 1, &both, NOW), SIGNATURE_MISMATCH,
	    "one space more in the body");
	is_int(signature_verify(header, BODY, strlen(BODY) - 1, &both, NOW), SIGNATURE_MISMATCH,
	    "one byte less");
	is_int(signature_verify(header, with_nul, sizeof(with_nul) - 1, &both, NOW),
	    SIGNATURE_MISMATCH, "something behind a NUL byte");
}

static void
test_secrets(void)
{
	const struct conf_secrets none = { 0, { NULL } };
	const struct conf_secrets one_empty = { 1, { empty } };
	const char *by_empty =
	    arena_printf(&arena, "t=1781913605,%s", sign("", "1781913605", BODY));

	is_int(signature_verify(expand("$t,$v"), BODY, strlen(BODY), &none, NOW),
	    SIGNATURE_MISMATCH, "no secret configured");
	is_int(signature_verify(by_empty, BODY, strlen(BODY), &one_empty, NOW), SIGNATURE_MISMATCH,
	    "an empty secret fits nothing");
}

int
main(void)
{
	arena_init(&arena);
	test_known();
	test_age();
	test_form();
	test_length();
	test_body();
	test_secrets();
	arena_release(&arena);
	return done();
}
