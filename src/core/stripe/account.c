/* Connect accounts and their onboarding links at Stripe. */
#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/id.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

static const struct stripe_kind kind = {
	.path = "/v1/accounts/",
	.label = "GET /v1/accounts/*",
	.object = "account",
	.names_account = STRIPE_IN_PATH,
};

/* Tolerated difference between Stripe's clock and ours in searches by time. */
#define CLOCK_SKEW_S 600

enum stripe_result
stripe_account_ensure(struct stripe *stripe, const struct stripe_account *account,
    struct stripe_reply *reply)
{
	const struct stripe_param params[] = {
		{ "country", account->country },
		{ "email", account->email },
		{ "controller[fees][payer]", "application" },
		{ "controller[losses][payments]", "application" },
		{ "controller[requirement_collection]", "stripe" },
		{ "controller[stripe_dashboard][type]", "express" },
		{ "capabilities[transfers][requested]", "true" },
		{ "tos_acceptance[service_agreement]", account->recipient ? "recipient" : NULL },
		STRIPE_OWNER_PARAMS(stripe->arena, &account->owner),
		{ NULL, NULL },
	};
	const struct stripe_call create = {
		.method = "POST",
		.path = "/v1/accounts",
		.label = "POST /v1/accounts",
		.object = "account",
		.idempotency_key = stripe_owner_key(stripe->arena, &account->owner, "create"),
		.params = params,
	};
	const struct stripe_param filter[] = {
		{ "created[gte]",
		    arena_printf(stripe->arena, "%" PRId64, account->created_s - CLOCK_SKEW_S) },
		{ NULL, NULL },
	};
	const struct stripe_find find = {
		.list = {
			.path = "/v1/accounts",
			.label = "GET /v1/accounts",
			.filter = filter,
		},
		.owner = &account->owner,
	};
	const struct stripe_ensure ensure = {
		.sent_s = account->created_s,
		.create = &create,
		.find = &find,
	};

	return stripe_ensure(stripe, &ensure, reply);
}

enum stripe_result
stripe_account_get(struct stripe *stripe, const char *id, struct stripe_reply *reply)
{
	return stripe_get(stripe, &kind, id, reply);
}

void
stripe_account_get_begin(struct stripe *stripe, const char *id, struct stripe_get *get,
    struct http_call *http)
{
	stripe_get_begin(stripe, &kind, id, get, http);
}

void
stripe_account_get_many(struct stripe *stripe, const char *const *ids, size_t count,
    struct stripe_reply *replies)
{
	stripe_get_many(stripe, &kind, ids, count, replies);
}

enum stripe_result
stripe_own_account_get(struct stripe *stripe, struct stripe_reply *reply)
{
	static const struct stripe_call call = {
		.method = "GET",
		.path = "/v1/account",
		.label = "GET /v1/account",
		.object = "account",
	};
	const char *id;

	if (stripe_perform(stripe, &call, reply) != STRIPE_OK)
		return reply->result;
	id = json_text(json_get(reply->object, "id"));
	if (id == NULL || strncmp(id, "acct_", 5) != 0 || !stripe_id_valid(id))
		return stripe_unknown(reply, "the answer has no id of an account");
	return reply->result;
}

enum stripe_result
stripe_account_link_create(struct stripe *stripe, const char *account, const char *return_url,
    const char *refresh_url, struct stripe_reply *reply)
{
	const struct stripe_param params[] = {
		{ "account", account },
		{ "type", "account_onboarding" },
		{ "return_url", return_url },
		{ "refresh_url", refresh_url },
		{ NULL, NULL },
	};
	struct stripe_call call = {
		.method = "POST",
		.path = "/v1/account_links",
		.label = "POST /v1/account_links",
		.object = "account_link",
		.names_account = "account",
		.params = params,
	};
	char once[ID_BYTES];

	/* every call makes a new link, so only the attempts of one call share a key */
	id_make(once, "lnk");
	call.idempotency_key = arena_printf(stripe->arena, "%s:%s", account, once);
	if (stripe_perform(stripe, &call, reply) != STRIPE_OK)
		return reply->result;
	if (json_text(json_get(reply->object, "url")) == NULL)
		return stripe_unknown(reply, "the answer has no url");
	return reply->result;
}
