/* Refunds at Stripe. */
#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

/* Is it the refund of this intent: of the same PaymentIntent and amount, with our metadata? */
static bool
is_ours(const struct json *object, const void *asked)
{
	const struct stripe_refund *refund = asked;
	const char *amount = json_number_text(json_get(object, "amount"));

	return amount != NULL && strcmp(amount, refund->amount_cents) == 0 &&
	    json_is_text(json_get(object, "payment_intent"), refund->payment_intent) &&
	    stripe_owner_fits(&refund->owner, object);
}

/* Searched in the refunds of the PaymentIntent, which others make too. */
enum stripe_result
stripe_refund_ensure(struct stripe *stripe, const struct stripe_refund *refund,
    struct stripe_reply *reply)
{
	const struct stripe_param params[] = {
		{ "payment_intent", refund->payment_intent },
		{ "amount", refund->amount_cents },
		STRIPE_OWNER_PARAMS(stripe->arena, &refund->owner),
		{ NULL, NULL },
	};
	const struct stripe_call create = {
		.method = "POST",
		.path = "/v1/refunds",
		.label = "POST /v1/refunds",
		.object = "refund",
		.idempotency_key = stripe_owner_key(stripe->arena, &refund->owner, "refund"),
		.params = params,
	};
	const struct stripe_param filter[] = {
		{ "payment_intent", refund->payment_intent },
		{ NULL, NULL },
	};
	const struct stripe_find find = {
		.list = {
			.path = "/v1/refunds",
			.label = "GET /v1/refunds",
			.filter = filter,
		},
		.owner = &refund->owner,
	};
	const struct stripe_ensure ensure = {
		.sent_s = refund->sent_s,
		.create = &create,
		.find = &find,
		.is_ours = is_ours,
		.asked = refund,
	};

	return stripe_ensure(stripe, &ensure, reply);
}

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

enum stripe_result
stripe_refund_get(struct stripe *stripe, const char *id, struct stripe_reply *reply)
{
	static const struct stripe_kind kind = {
		.path = "/v1/refunds/",
		.label = "GET /v1/refunds/*",
		.object = "refund",
		.params = stripe_expand_payment_intent,
	};

	return stripe_get(stripe, &kind, id, reply);
}
