#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

/*
 * A refused transfer is asked for again under another key, since Stripe answers
 * the old one with the old refusal.
 */
static char *
transfer_key(struct arena *arena, const struct stripe_transfer *transfer)
{
	CHECK(transfer->payout_id != NULL && transfer->payout_id[0] != '\0');
	CHECK(transfer->attempt >= 1);
	if (transfer->attempt == 1)
		return arena_printf(arena, "%s:transfer", transfer->payout_id);
	return arena_printf(arena, "%s:transfer:%" PRId64, transfer->payout_id, transfer->attempt);
}

static enum stripe_result
transfer_create(struct stripe *stripe, const struct stripe_transfer *transfer,
    struct stripe_reply *reply)
{
	const struct stripe_param params[] = {
		{ "amount", transfer->amount_cents },
		{ "currency", transfer->currency },
		{ "destination", transfer->destination },
		{ "transfer_group", transfer->payout_id },
		{ "metadata[payout_id]", transfer->payout_id },
		{ NULL, NULL },
	};
	const struct stripe_call call = {
		.method = "POST",
		.path = "/v1/transfers",
		.label = "POST /v1/transfers",
		.object = "transfer",
		.idempotency_key = transfer_key(stripe->arena, transfer),
		.params = params,
	};

	return stripe_perform(stripe, &call, reply);
}

/* The group is the payout's own: no time limits what is looked through. */
static enum stripe_result
transfer_find(struct stripe *stripe, const struct stripe_transfer *transfer,
    struct stripe_reply *reply)
{
	const struct stripe_param filter[] = {
		{ "transfer_group", transfer->payout_id },
		{ "destination", transfer->destination },
		{ NULL, NULL },
	};
	const struct stripe_find find = {
		.path = "/v1/transfers",
		.label = "GET /v1/transfers",
		.name = "payout_id",
		.value = transfer->payout_id,
		.filter = filter,
	};

	return stripe_find(stripe, &find, reply);
}

enum stripe_result
stripe_transfer_ensure(struct stripe *stripe, const struct stripe_transfer *transfer,
    struct stripe_reply *reply)
{
	const char *id;

	*reply = (struct stripe_reply) { 0 };
	switch (stripe_window(transfer->sent_s, clock_unix_s())) {
	case STRIPE_WINDOW_OPEN:
		transfer_create(stripe, transfer, reply);
		break;
	case STRIPE_WINDOW_CLOSING:
		return stripe_unknown(reply, "between sending again and looking up");
	case STRIPE_WINDOW_CLOSED:
		transfer_find(stripe, transfer, reply);
		break;
	}
	if (reply->result != STRIPE_OK || reply->object == NULL)
		return reply->result;
	id = json_text(json_get(reply->object, "id"));
	if (id == NULL || !stripe_id_valid(id))
		return stripe_unknown(reply, "the answer is not a transfer");
	return reply->result;
}

enum stripe_result
stripe_transfer_get(struct stripe *stripe, const char *id, struct stripe_reply *reply)
{
	return stripe_get(stripe, "/v1/transfers/", id, "GET /v1/transfers/*", "transfer", reply);
}
