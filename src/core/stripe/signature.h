/*
 * The Stripe-Signature header: t=<unix>,v1=<64 lower-case hex>[,v1=…][,v0=…],
 * HMAC-SHA256 of "t.body" with the whole secret as key.
 */
#ifndef PURSER_STRIPE_SIGNATURE_H
#define PURSER_STRIPE_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

struct conf_secrets;

enum signature_result {
	SIGNATURE_OK,
	SIGNATURE_MALFORMED, /* no or several t, no v1, wrong form */
	SIGNATURE_MISMATCH,  /* no secret made any of the v1 */
	SIGNATURE_EXPIRED,   /* t differs from now_s by more than LIMIT_SIGNATURE_AGE_S */
};

/* header may be NULL.  Every v1 is tried with every secret, in constant time. */
enum signature_result signature_verify(const char *header, const char *body, size_t body_len,
    const struct conf_secrets *secrets, int64_t now_s);

#endif
