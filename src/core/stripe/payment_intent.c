/* PaymentIntents at Stripe. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

static const struct stripe_kind kind = {
	.path = "/v1/payment_intents/",
	.label = "GET /v1/payment_intents/*",
	.object = "payment_intent",
};

/* Tolerated difference between Stripe's clock and ours in searches by time. */
#define CLOCK_SKEW_S 600
/* A request is sent within this time, or never: later objects are not searched. */
#define SENDING_S (24 * 3600)

/* Is it the intent of this payment, complete and with the same amount and currency? */
static bool
is_ours(const struct json *intent, const void *asked)
{
	const struct stripe_checkout *checkout = asked;
	const char *amount = json_number_text(json_get(intent, "amount"));

	return amount != NULL && strcmp(amount, checkout->amount_cents) == 0 &&
	    json_is_text(json_get(intent, "currency"), checkout->currency) &&
	    stripe_owner_fits(&checkout->owner, intent) &&
	    json_text(json_get(intent, "client_secret")) != NULL &&
	    json_text(json_get(intent, "status")) != NULL;
}

static char *
unix_time(struct arena *arena, int64_t time_s)
{
	return arena_printf(arena, "%" PRId64, time_s);
}

enum stripe_result
stripe_payment_intent_ensure(struct stripe *stripe, const struct stripe_checkout *checkout,
    struct stripe_reply *reply)
{
	const struct stripe_param params[] = {
		{ "amount", checkout->amount_cents },
		{ "currency", checkout->currency },
		{ "automatic_payment_methods[enabled]", "true" },
		{ "metadata[purser_tier]", checkout->tier_id },
		STRIPE_OWNER_PARAMS(stripe->arena, &checkout->owner),
		{ NULL, NULL },
	};
	const struct stripe_call create = {
		.method = "POST",
		.path = "/v1/payment_intents",
		.label = "POST /v1/payment_intents",
		.object = "payment_intent",
		.idempotency_key = stripe_owner_key(stripe->arena, &checkout->owner, "create"),
		.params = params,
	};
	const struct stripe_param filter[] = {
		{ "created[gte]", unix_time(stripe->arena, checkout->created_s - CLOCK_SKEW_S) },
		{ "created[lte]",
		    unix_time(stripe->arena, checkout->created_s + SENDING_S + CLOCK_SKEW_S) },
		{ NULL, NULL },
	};
	const struct stripe_find find = {
		.list = {
			.path = "/v1/payment_intents",
			.label = "GET /v1/payment_intents",
			.filter = filter,
		},
		.owner = &checkout->owner,
	};
	const struct stripe_ensure ensure = {
		.sent_s = checkout->created_s,
		.create = &create,
		.find = &find,
		.is_ours = is_ours,
		.asked = checkout,
	};

	return stripe_ensure(stripe, &ensure, reply);
}

enum stripe_result
stripe_payment_intent_get(struct stripe *stripe, const char *id, struct stripe_reply *reply)
{
	return stripe_get(stripe, &kind, id, reply);
}

enum stripe_result
stripe_payment_intent_cancel(struct stripe *stripe, const char *payment, int64_t attempt,
    const char *id, struct stripe_reply *reply)
{
	const struct stripe_owner owner = { .object = payment, .attempt = attempt };
	const struct stripe_param params[] = {
		{ "cancellation_reason", "abandoned" },
		{ NULL, NULL },
	};
	const struct stripe_call call = {
		.method = "POST",
		.path = arena_printf(stripe->arena, "/v1/payment_intents/%s/cancel", id),
		.label = "POST /v1/payment_intents/*/cancel",
		.object = "payment_intent",
		.idempotency_key = stripe_owner_key(stripe->arena, &owner, "cancel"),
		.params = params,
	};

	if (!stripe_id_valid(id))
		return stripe_refuse_id(reply);
	stripe_perform(stripe, &call, reply);
	if (reply->result == STRIPE_OK && !json_is_text(json_get(reply->object, "id"), id))
		return stripe_unknown(reply, "the answer is not what was asked for");
	return reply->result;
}
