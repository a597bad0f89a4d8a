/* Signs webhooks. */
#include "core/crypto/webhook_signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/crypto/crypto.h"

#define PREFIX "whsec_"
#define KEY_BYTES 128
#define NUMBER_BYTES 24

/* One secret of the list. */
struct secret {
	const char *text;
	size_t len;
};

/* The secret that begins at *secrets, and moves it on; false = there is no other one. */
static bool
next_secret(const char **secrets, struct secret *secret)
{
	*secrets += strspn(*secrets, " ");
	secret->text = *secrets;
	secret->len = strcspn(*secrets, " ");
	*secrets += secret->len;
	return secret->len > 0;
}

static void
sign(const struct webhook_message *message, bool with_id, const void *key, size_t key_len,
    unsigned char mac[CRYPTO_SHA256_BYTES])
{
	char timestamp[NUMBER_BYTES];
	size_t timestamp_len =
	    (size_t)snprintf(timestamp, sizeof(timestamp), "%" PRId64, message->timestamp_s);
	const struct crypto_part parts[] = {
		{ message->id, strlen(message->id) },
		{ ".", 1 },
		{ timestamp, timestamp_len },
		{ ".", 1 },
		{ message->body, message->body_len },
	};
	size_t first = with_id ? 0 : 2;

	crypto_hmac_sha256(key, key_len, parts + first, sizeof(parts) / sizeof(parts[0]) - first,
	    mac);
}

void
webhook_sign_standard(struct buf *out, const struct webhook_message *message, const char *secrets)
{
	unsigned char key[KEY_BYTES], mac[CRYPTO_SHA256_BYTES];
	char text[CRYPTO_BASE64_BYTES(CRYPTO_SHA256_BYTES)];
	const char *before = "";
	struct secret secret;

	while (next_secret(&secrets, &secret)) {
		size_t prefix_len = strlen(PREFIX);
		size_t key_len;

		if (secret.len < prefix_len || memcmp(secret.text, PREFIX, prefix_len) != 0 ||
		    !crypto_base64_decode(secret.text + prefix_len, secret.len - prefix_len, key,
			sizeof(key), &key_len))
			continue;
		sign(message, true, key, key_len, mac);
		crypto_base64(mac, sizeof(mac), text);
		buf_printf(out, "%sv1,%s", before, text);
		before = " ";
	}
}

void
webhook_sign_stripe(struct buf *out, const struct webhook_message *message, const char *secrets)
{
	unsigned char mac[CRYPTO_SHA256_BYTES];
	char hex[2 * CRYPTO_SHA256_BYTES + 1];
	struct secret secret;

	buf_printf(out, "t=%" PRId64, message->timestamp_s);
	while (next_secret(&secrets, &secret)) {
		sign(message, false, secret.text, secret.len, mac);
		text_hex(mac, sizeof(mac), hex);
		buf_printf(out, ",v1=%s", hex);
	}
}
