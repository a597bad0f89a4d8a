/* The only user of OpenSSL. */
#ifndef PURSER_CRYPTO_CRYPTO_H
#define PURSER_CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#define CRYPTO_SHA256_BYTES 32

void crypto_sha256(const void *data, size_t len, unsigned char out[CRYPTO_SHA256_BYTES]);

struct crypto_part {
	const void *data;
	size_t len;
};

/* HMAC-SHA256 over the parts one after the other. */
void crypto_hmac_sha256(const void *key, size_t key_len, const struct crypto_part *parts,
    size_t count, unsigned char out[CRYPTO_SHA256_BYTES]);

/* Cryptographically secure random bytes; without them the process ends. */
void crypto_random(void *out, size_t len);

/* Base64 with padding (RFC 4648); `text` holds CRYPTO_BASE64_BYTES(len). */
#define CRYPTO_BASE64_BYTES(len) (((len) + 2) / 3 * 4 + 1)
void crypto_base64(const unsigned char *data, size_t len, char *text);

/* Only the one right form is decoded, into at most `size` bytes; false = it is another, or more. */
bool crypto_base64_decode(const char *text, size_t text_len, unsigned char *data, size_t size,
    size_t *len);

/* Constant time in the contents. */
bool crypto_equal(const void *a, const void *b, size_t len);

#endif
