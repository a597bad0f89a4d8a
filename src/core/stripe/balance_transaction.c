/* Stripe's list of balance transactions: every movement of the platform's balance. */
#include <inttypes.h>

#include "core/base/arena.h"
#include "core/stripe/stripe.h"

enum stripe_result
stripe_balance_transaction_page(struct stripe *stripe, int64_t from_s, const char *starting_after,
    struct stripe_elements *page, struct stripe_reply *reply)
{
	const struct stripe_param filter[] = {
		{ "created[gte]", arena_printf(stripe->arena, "%" PRId64, from_s) },
		{ "expand[0]", "data.source" },
		{ NULL, NULL },
	};
	const struct stripe_list list = {
		.path = "/v1/balance_transactions",
		.label = "GET /v1/balance_transactions",
		.filter = filter,
	};

	return stripe_list_elements(stripe, &list, starting_after, page, reply);
}
