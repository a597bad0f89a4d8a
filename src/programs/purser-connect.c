/*
 * purser-connect: people become payees through Stripe Connect.  The route table
 * is the table of contents of this folder.
 */
#include "config.h"

#include "connect/handlers.h"
#include "connect/stmt.h"
#include "core/web/health.h"
#include "core/web/worker.h"

/* clang-format off */
static const struct route routes[] = {
	{ "POST", "/v2/connect/accounts", SURFACE_PROP, AUTH_APP_SESSION, "connect", ROUTE_OUTSIDE, "connect_account_create", connect_account_create, connect_account_fields, sizeof(struct connect_account_input) },
	{ "GET",  "/v2/connect/accounts", SURFACE_PROP, AUTH_APP_SESSION, "reads",   ROUTE_OUTSIDE, "connect_account_list",   connect_account_list,   NULL, 0 },
	{ "POST", "/v2/connect/accounts/{stripe_account_id}/onboarding-link", SURFACE_PROP, AUTH_APP_SESSION, "connect", ROUTE_OUTSIDE, "onboarding_link_create", onboarding_link_create, NULL, 0 },
	{ "GET",  "/health",              SURFACE_PUBLIC, AUTH_NONE,      NULL,      0,             "health_get",             health_get,             NULL, 0 },
	{ 0 },
};
/* clang-format on */

static const struct db_stmt *const stmts[] = { connect_stmts, NULL };

static const struct worker connect_worker = {
	.program = "purser-connect",
	.family = "connect",
	.purpose = "Makes people payees through Stripe Connect and shows how far they are.",
	.routes = routes,
	.stmts = stmts,
};

int
main(int argc, char **argv)
{
	return worker_main(argc, argv, &connect_worker);
}
