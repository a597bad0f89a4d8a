/*
 * Signatures of the webhooks that we send, by Standard Webhooks 1.0.0 and by Stripe's scheme.
 *
 * `secrets` are those that are valid now, newest first, separated by spaces: each signs, so that a
 * receiver may change its secret at any time.
 */
#ifndef PURSER_CRYPTO_WEBHOOK_SIGNATURE_H
#define PURSER_CRYPTO_WEBHOOK_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* What is signed. */
struct webhook_message {
	const char *id; /* of the event */
	int64_t timestamp_s;
	const char *body;
	size_t body_len;
};

/*
 * Adds "v1,<base64> v1,<base64>": the value of header webhook-signature.  The key is what follows
 * whsec_, decoded; of a secret that is no such text no signature is added.
 */
void webhook_sign_standard(struct buf *out, const struct webhook_message *message,
    const char *secrets);

/* Adds "t=<timestamp>,v1=<hex>,v1=<hex>".  The key is the whole text of the secret. */
void webhook_sign_stripe(struct buf *out, const struct webhook_message *message,
    const char *secrets);

#endif
