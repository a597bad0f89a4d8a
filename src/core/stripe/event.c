/* Stripe's list of events. */
#include <inttypes.h>

#include "core/base/arena.h"
#include "core/stripe/stripe.h"

enum stripe_result
stripe_event_page(struct stripe *stripe, int64_t from_s, const char *starting_after,
    struct stripe_elements *page, struct stripe_reply *reply)
{
	const struct stripe_param filter[] = {
		{ "created[gte]", arena_printf(stripe->arena, "%" PRId64, from_s) },
		{ NULL, NULL },
	};
	const struct stripe_list list = {
		.path = "/v1/events",
		.label = "GET /v1/events",
		.filter = filter,
	};

	return stripe_list_elements(stripe, &list, starting_after, page, reply);
}
