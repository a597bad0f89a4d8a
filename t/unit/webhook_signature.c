/* Protects: each live secret signs a webhook, by Standard Webhooks and Stripe's scheme. */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/crypto/crypto.h"
#include "core/crypto/webhook_signature.h"
#include "t/lib/tap.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* The vector of the reference libraries of Standard Webhooks. */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SIGNED "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
/* openssl dgst -sha256 -hmac SECRET of "1614265330." and the body. */
#define STRIPE_HEX "2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964"
static const struct webhook_message message = { "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
	"{\"test\": 2432232314}", 20 };

static const char *
sign(struct arena *arena, void (*how)(struct buf *, const struct webhook_message *, const char *),
    const char *secrets)
{
	struct buf out;

	buf_init(&out, arena, 4096);
	how(&out, &message, secrets);
	return out.data;
}

static void
test_standard(struct arena *arena)
{
	is_str(sign(arena, webhook_sign_standard, SECRET), SIGNED,
	    "standard: the published vector");
	is_str(sign(arena, webhook_sign_standard, SECRET " " SECRET), SIGNED " " SIGNED,
	    "standard: each secret signs");
	is_str(sign(arena, webhook_sign_standard, ""), "", "standard: no secret signs nothing");
	is_str(sign(arena, webhook_sign_standard, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw " SECRET),
	    SIGNED, "standard: a secret without whsec_ does not sign");
	is_str(sign(arena, webhook_sign_standard, "whsec_no-base64 whsec_ " SECRET), SIGNED,
	    "standard: a secret that is no base64 does not sign");
}

static void
test_stripe(struct arena *arena)
{
	is_str(sign(arena, webhook_sign_stripe, SECRET), "t=1614265330,v1=" STRIPE_HEX,
	    "stripe: the key is the whole text of the secret");
	is_str(sign(arena, webhook_sign_stripe, SECRET " " SECRET),
	    "t=1614265330,v1=" STRIPE_HEX ",v1=" STRIPE_HEX, "stripe: each secret signs");
	is_str(sign(arena, webhook_sign_stripe, ""), "t=1614265330",
	    "stripe: no secret signs nothing");
}

static const struct {
	const char *plain, *base64;
} good[] = { { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" }, { "\xfb\xff\xfe", "+//+" } };

static const char *const bad[] = { "", "Z", "Zg", "Zg=", "Zg===", "Z===", "Zh==", "Zm9=", "Zm9v ",
	" Zm9v", "Zm 9", "Zm9v\n", "Zm9-", "Zm9_", "====", "Zg==Zg==",
	"Zm9vZg=="
	"A" };

static void
test_base64(void)
{
	unsigned char data[16];
	char text[32];
	size_t len;

	for (size_t i = 0; i < LENGTH(good); i++) {
		crypto_base64((const unsigned char *)good[i].plain, strlen(good[i].plain), text);
		is_str(text, good[i].base64, "base64: %s is encoded", good[i].base64);
		ok(crypto_base64_decode(text, strlen(text), data, sizeof(data), &len) &&
			len == strlen(good[i].plain) && memcmp(data, good[i].plain, len) == 0,
		    "base64: %s is decoded", good[i].base64);
	}
	for (size_t i = 0; i < LENGTH(bad); i++)
		ok(!crypto_base64_decode(bad[i], strlen(bad[i]), data, sizeof(data), &len),
		    "base64: bad form number %zu is refused", i);
	ok(!crypto_base64_decode("Zm9vYmFy", 8, data, 5, &len),
	    "base64: more than fits is refused");
}

int
main(void)
{
	struct arena arena;

	arena_init(&arena);
	test_standard(&arena);
	test_stripe(&arena);
	test_base64();
	arena_release(&arena);
	return done();
}
