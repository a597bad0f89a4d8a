#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

static bool
is_text(const struct json *value, const char *expected)
{
	const char *text = json_text(value);

	return text != NULL && strcmp(text, expected) == 0;
}

/* Nobody shall confirm another payment's intent, or wait for a secret that never comes. */
static bool
is_ours(const struct json *intent, const struct stripe_checkout *checkout)
{
	const char *id = json_text(json_get(intent, "id"));
	const char *amount = json_number_text(json_get(intent, "amount"));

	return id != NULL && stripe_id_valid(id) && amount != NULL &&
	    strcmp(amount, checkout->amount_cents) == 0 &&
	    is_text(json_get(intent, "currency"), checkout->currency) &&
	    is_text(json_path(intent, "metadata.payment_id"), checkout->payment_id) &&
	    json_text(json_get(intent, "client_secret")) != NULL &&
	    json_text(json_get(intent, "status")) != NULL;
}

enum stripe_result
stripe_payment_intent_create(struct stripe *stripe, const struct stripe_checkout *checkout,
    struct stripe_reply *reply)
{
	const struct stripe_param params[] = {
		{ "amount", checkout->amount_cents },
		{ "currency", checkout->currency },
		{ "automatic_payment_methods[enabled]", "true" },
		{ "metadata[payment_id]", checkout->payment_id },
		{ "metadata[user_id]", checkout->user_id },
		{ "metadata[tier_id]", checkout->tier_id },
		{ "metadata[market]", checkout->market },
		{ "metadata[asset_class]", checkout->asset_class },
		{ "metadata[account_size]", checkout->account_size },
		{ NULL, NULL },
	};
	const struct stripe_call call = {
		.method = "POST",
		.path = "/v1/payment_intents",
		.label = "POST /v1/payment_intents",
		.object = "payment_intent",
		.idempotency_key = arena_printf(stripe->arena, "%s:create", checkout->payment_id),
		.params = params,
	};

	/* else two payments would share the key, and the PaymentIntent */
	CHECK(checkout->payment_id != NULL && checkout->payment_id[0] != '\0');
	if (stripe_perform(stripe, &call, reply) != STRIPE_OK)
		return reply->result;
	if (!is_ours(reply->object, checkout))
		return stripe_unknown(reply,
		    "the answer is not the payment intent that was asked for");
	return reply->result;
}

enum stripe_result
stripe_payment_intent_get(struct stripe *stripe, const char *id, struct stripe_reply *reply)
{
	return stripe_get(stripe, "/v1/payment_intents/", id, "GET /v1/payment_intents/*",
	    "payment_intent", reply);
}

enum stripe_result
stripe_payment_intent_find(struct stripe *stripe, const char *payment_id, int64_t from_s,
    int64_t to_s, struct stripe_reply *reply)
{
	const struct stripe_param filter[] = {
		{ "created[gte]", arena_printf(stripe->arena, "%" PRId64, from_s) },
		{ "created[lte]", arena_printf(stripe->arena, "%" PRId64, to_s) },
		{ NULL, NULL },
	};
	const struct stripe_find find = {
		.path = "/v1/payment_intents",
		.label = "GET /v1/payment_intents",
		.name = "payment_id",
		.value = payment_id,
		.filter = filter,
	};

	return stripe_find(stripe, &find, reply);
}
