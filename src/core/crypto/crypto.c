/* SHA-256, HMAC, base64 and comparison in constant time, by OpenSSL. */
#include "core/crypto/crypto.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "core/base/bug.h"

#define BASE64_MAX 1024 /* characters that are decoded */

/*
 * Fetched once, because fetching an algorithm costs more than hashing a short
 * message.  All threads may use it.
 */
static pthread_once_t crypto_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;
static EVP_MAC *hmac;

static void
crypto_fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	CHECK(sha256 != NULL && hmac != NULL);
}

void
crypto_sha256(const void *data, size_t len, unsigned char out[CRYPTO_SHA256_BYTES])
{
	pthread_once(&crypto_once, crypto_fetch);
	CHECK(EVP_Digest(data, len, out, NULL, sha256, NULL) == 1);
}

void
crypto_hmac_sha256(const void *key, size_t key_len, const struct crypto_part *parts, size_t count,
    unsigned char out[CRYPTO_SHA256_BYTES])
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *context;
	size_t len;

	pthread_once(&crypto_once, crypto_fetch);
	context = EVP_MAC_CTX_new(hmac);
	CHECK(context != NULL && EVP_MAC_init(context, key, key_len, params) == 1);
	for (size_t i = 0; i < count; i++)
		CHECK(EVP_MAC_update(context, parts[i].data, parts[i].len) == 1);
	CHECK(EVP_MAC_final(context, out, &len, CRYPTO_SHA256_BYTES) == 1);
	CHECK(len == CRYPTO_SHA256_BYTES);
	EVP_MAC_CTX_free(context);
}

void
crypto_random(void *out, size_t len)
{
	CHECK(len <= INT_MAX && RAND_bytes(out, (int)len) == 1);
}

void
crypto_base64(const unsigned char *data, size_t len, char *text)
{
	CHECK(len <= INT_MAX / 2);
	EVP_EncodeBlock((unsigned char *)text, data, (int)len);
}

/* What OpenSSL decodes is encoded again: spaces and stray bits make a difference. */
bool
crypto_base64_decode(const char *text, size_t text_len, unsigned char *data, size_t size,
    size_t *len)
{
	unsigned char decoded[BASE64_MAX / 4 * 3];
	char again[CRYPTO_BASE64_BYTES(sizeof(decoded))];
	int got;

	if (text_len == 0 || text_len > BASE64_MAX || text_len % 4 != 0)
		return false;
	got = EVP_DecodeBlock(decoded, (const unsigned char *)text, (int)text_len);
	if (got < 0)
		return false;
	for (size_t i = text_len; i > text_len - 2 && text[i - 1] == '='; i--)
		got--;
	crypto_base64(decoded, (size_t)got, again);
	if ((size_t)got > size || strlen(again) != text_len || memcmp(again, text, text_len) != 0)
		return false;
	memcpy(data, decoded, (size_t)got);
	*len = (size_t)got;
	return true;
}

bool
crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
