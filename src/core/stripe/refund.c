/* Refunds at Stripe. */
#include <stddef.h>

#include "core/stripe/stripe.h"

enum stripe_result
stripe_refund_list(struct stripe *stripe, const char *payment_intent, struct stripe_reply *reply)
{
	const struct stripe_param filter[] = {
		{ "payment_intent", payment_intent },
		{ NULL, NULL },
	};
	const struct stripe_list list = {
		.path = "/v1/refunds",
		.label = "GET /v1/refunds",
		.filter = filter,
	};

	/* without the filter Stripe lists the refunds of all payments */
	if (!stripe_id_valid(payment_intent))
		return stripe_refuse_id(reply);
	return stripe_list_all(stripe, &list, "payment_intent", payment_intent, reply);
}
