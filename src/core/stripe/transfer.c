/* Transfers to connected accounts at Stripe. */
#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

static const struct stripe_kind kind = {
	.path = "/v1/transfers/",
	.label = "GET /v1/transfers/*",
	.object = "transfer",
};

/* Searched by transfer_group, which is the payout's own; so no time limits the search. */
enum stripe_result
stripe_transfer_ensure(struct stripe *stripe, const struct stripe_transfer *transfer,
    struct stripe_reply *reply)
{
	const struct stripe_param params[] = {
		{ "amount", transfer->amount_cents },
		{ "currency", transfer->currency },
		{ "destination", transfer->destination },
		{ "transfer_group", transfer->owner.object },
		STRIPE_OWNER_PARAMS(stripe->arena, &transfer->owner),
		{ NULL, NULL },
	};
	const struct stripe_call create = {
		.method = "POST",
		.path = "/v1/transfers",
		.label = "POST /v1/transfers",
		.object = "transfer",
		.names_account = "destination",
		.idempotency_key = stripe_owner_key(stripe->arena, &transfer->owner, "transfer"),
		.params = params,
	};
	const struct stripe_param filter[] = {
		{ "transfer_group", transfer->owner.object },
		{ "destination", transfer->destination },
		{ NULL, NULL },
	};
	const struct stripe_find find = {
		.list = {
			.path = "/v1/transfers",
			.label = "GET /v1/transfers",
			.filter = filter,
		},
		.owner = &transfer->owner,
		.exclusive = true,
		.others = transfer->others,
	};
	const struct stripe_ensure ensure = {
		.sent_s = transfer->sent_s,
		.look_up_only = transfer->look_up_only,
		.create = &create,
		.find = &find,
	};

	return stripe_ensure(stripe, &ensure, reply);
}

enum stripe_result
stripe_transfer_get(struct stripe *stripe, const char *id, struct stripe_reply *reply)
{
	return stripe_get(stripe, &kind, id, reply);
}

enum stripe_result
stripe_reversal_list(struct stripe *stripe, const char *transfer, struct stripe_reply *reply)
{
	const struct stripe_param none[] = { { NULL, NULL } };
	struct stripe_list list = { .label = "GET /v1/transfers/*/reversals", .filter = none };

	if (!stripe_id_valid(transfer))
		return stripe_refuse_id(reply);
	list.path = arena_printf(stripe->arena, "/v1/transfers/%s/reversals", transfer);
	return stripe_list_all(stripe, &list, "transfer", transfer, reply);
}
