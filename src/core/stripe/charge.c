/* Charges at Stripe. */
#include "core/stripe/stripe.h"

static const struct stripe_kind kind = {
	.path = "/v1/charges/",
	.label = "GET /v1/charges/*",
	.object = "charge",
	.params = stripe_expand_payment_intent,
};

enum stripe_result
stripe_charge_get(struct stripe *stripe, const char *id, struct stripe_reply *reply)
{
	return stripe_get(stripe, &kind, id, reply);
}
