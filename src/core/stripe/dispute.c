/* Disputes at Stripe. */
#include "core/stripe/stripe.h"

enum stripe_result
stripe_dispute_get(struct stripe *stripe, const char *id, struct stripe_reply *reply)
{
	return stripe_get(stripe, "/v1/disputes/", id, "GET /v1/disputes/*", "dispute", reply);
}
