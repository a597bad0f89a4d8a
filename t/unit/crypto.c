/* Protects: digests equal the published vectors, and comparing looks at every byte. */
#include <pthread.h>
#include <string.h>

#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "t/lib/tap.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static const char *
hex_of(const unsigned char *digest)
{
	static char hex[2 * CRYPTO_SHA256_BYTES + 1];

	text_hex(digest, CRYPTO_SHA256_BYTES, hex);
	return hex;
}

/* FIPS 180-4 examples and the empty message. */
static const struct digest_case {
	const char *name, *data, *hex;
} digest_cases[] = {
	{ "nothing", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

/* RFC 4231; the message in two parts, to see that they are joined. */
static const struct hmac_case {
	const char *name, *key, *first, *second, *hex;
} hmac_cases[] = {
	{ "RFC 4231 case 1",
	    "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
	    "\x0b",
	    "Hi ", "There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "RFC 4231 case 2", "Jefe", "what do ya want ", "for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "no key, no message", "", "", "",
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
};

static void
hmac_of(const struct hmac_case *c, unsigned char out[CRYPTO_SHA256_BYTES])
{
	struct crypto_part parts[] = {
		{ c->first, strlen(c->first) },
		{ c->second, strlen(c->second) },
	};

	crypto_hmac_sha256(c->key, strlen(c->key), parts, LENGTH(parts), out);
}

/* RFC 4231 case 6: a key longer than a block. */
static void
test_long_key(void)
{
	static const char text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	struct crypto_part part = { text, strlen(text) };
	unsigned char key[131], out[CRYPTO_SHA256_BYTES];

	memset(key, 0xaa, sizeof key);
	crypto_hmac_sha256(key, sizeof key, &part, 1, out);
	is_str(hex_of(out), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
	    "RFC 4231 case 6");
	crypto_hmac_sha256("k", 1, NULL, 0, out);
	is_str(hex_of(out), "8bb990c40a7d61cb97597a942125025be50ac8beb74436e3735b98893a7f6620",
	    "no parts at all");
}

/* One other bit, at every place and for every length. */
static void
test_equal(void)
{
	unsigned char a[64], b[64];
	int missed = 0, beyond = 0, unequal = 0;

	crypto_random(a, sizeof a);
	for (size_t len = 0; len < sizeof a; len++) {
		memcpy(b, a, sizeof b);
		unequal += !crypto_equal(a, b, len);
		for (size_t at = 0; at < sizeof a; at++) {
			b[at] ^= 1u << at % 8;
			missed += at < len && crypto_equal(a, b, len);
			beyond += at >= len && !crypto_equal(a, b, len);
			b[at] = a[at];
		}
	}
	is_int(unequal, 0, "equal bytes are equal");
	is_int(missed, 0, "one other bit anywhere is seen");
	is_int(beyond, 0, "what follows the length is not looked at");
}

static void
test_random(void)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 }, guard[3] = { 7, 7, 7 };

	crypto_random(a, sizeof a);
	crypto_random(b, sizeof b);
	ok(memcmp(a, b, sizeof a) != 0, "random bytes differ");
	crypto_random(guard + 1, 1);
	ok(guard[0] == 7 && guard[2] == 7, "random bytes keep to their length");
	crypto_random(guard, 0);
	ok(guard[0] == 7, "no random bytes may be asked for");
}

static void *
many_macs(void *wrong)
{
	unsigned char out[CRYPTO_SHA256_BYTES];

	for (int i = 0; i < 500; i++) {
		hmac_of(&hmac_cases[1], out);
		*(int *)wrong += out[0] != 0x5b || out[31] != 0x43;
	}
	return NULL;
}

static void
test_threads(void)
{
	pthread_t thread[4];
	int wrong[4] = { 0 };

	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, many_macs, &wrong[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	is_int(wrong[0] + wrong[1] + wrong[2] + wrong[3], 0, "four threads at once");
}

int
main(void)
{
	unsigned char out[CRYPTO_SHA256_BYTES];

	test_threads(); /* first, so that they race for the fetch */
	for (size_t i = 0; i < LENGTH(digest_cases); i++) {
		crypto_sha256(digest_cases[i].data, strlen(digest_cases[i].data), out);
		is_str(hex_of(out), digest_cases[i].hex, "sha256 of %s", digest_cases[i].name);
	}
	for (size_t i = 0; i < LENGTH(hmac_cases); i++) {
		hmac_of(&hmac_cases[i], out);
		is_str(hex_of(out), hmac_cases[i].hex, "%s", hmac_cases[i].name);
	}
	test_long_key();
	test_equal();
	test_random();
	return done();
}
