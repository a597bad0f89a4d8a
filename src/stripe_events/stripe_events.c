/* Module stripe_events: what it serves and does. */
#include "config.h"

#include "core/process/module.h"
#include "stripe_events/stripe_events.h"

#include "core/web/routes.inc"

static const struct db_stmt *const *const stmts[] = { stripe_events_event_stmts, NULL };

const struct module stripe_events_module = {
	.name = "stripe_events",
	.routes = routes,
	.stmts = stmts,
};
