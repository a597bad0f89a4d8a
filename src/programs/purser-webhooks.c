/* purser-webhooks: events come in from Stripe; purser-jobs applies them. */
#include "config.h"

#include "core/web/worker.h"
#include "stripe_events/stripe_events.h"
#include "stripe_events/stmt.h"

/* clang-format off */
static const struct route routes[] = {
	{ "POST", "/v2/webhooks/stripe", SURFACE_PROVIDER, AUTH_NONE, NULL, ROUTE_RAW_BODY, "stripe_event_receive", stripe_event_receive, NULL, 0 },
	{ "POST", "/v1/webhooks/stripe", SURFACE_PROVIDER, AUTH_NONE, NULL, ROUTE_RAW_BODY, "stripe_event_receive", stripe_event_receive, NULL, 0 },
	{ 0 },
};
/* clang-format on */

static const struct db_stmt *const stmts[] = { webhooks_stmts, NULL };

static const struct worker webhooks_worker = {
	.program = "purser-webhooks",
	.family = "webhooks",
	.purpose = "Receives Stripe's events: verifies, stores once, answers.",
	.routes = routes,
	.stmts = stmts,
};

int
main(int argc, char **argv)
{
	return worker_main(argc, argv, &webhooks_worker);
}
