/* Stripe's list of events. */
#include <inttypes.h>

#include "core/base/arena.h"
#include "core/stripe/stripe.h"

enum stripe_result
stripe_event_list(struct stripe *stripe, int64_t from_s, const char *starting_after,
    struct stripe_reply *reply)
{
	const struct stripe_param params[] = {
		{ "created[gte]", arena_printf(stripe->arena, "%" PRId64, from_s) },
		{ "limit", "100" },
		{ "starting_after", starting_after },
		{ NULL, NULL },
	};
	const struct stripe_call call = {
		.method = "GET",
		.path = "/v1/events",
		.label = "GET /v1/events",
		.object = "list",
		.params = params,
	};

	return stripe_perform(stripe, &call, reply);
}
