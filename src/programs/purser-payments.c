/*
 * purser-payments: challenges are bought here and become prop accounts.  The
 * route table is the table of contents of this folder.
 */
#include "config.h"

#include "core/web/health.h"
#include "core/web/worker.h"
#include "payments/payments.h"
#include "payments/stmt.h"

/* clang-format off */
static const struct route routes[] = {
	{ "POST", "/v2/payments/checkout",             SURFACE_PROP, AUTH_APP_SESSION, "payments", ROUTE_OUTSIDE, "checkout_create",     checkout_create,     checkout_fields, sizeof(struct checkout_input) },
	{ "POST", "/v2/payments/free",                 SURFACE_PROP, AUTH_APP_SESSION, "payments", 0,             "free_create",         free_create,         free_fields,     sizeof(struct free_input) },
	{ "GET",  "/v2/payments/prop-accounts",        SURFACE_PROP, AUTH_APP_SESSION, "reads",    0,             "prop_account_list",   prop_account_list,   NULL, 0 },
	{ "GET",  "/v2/payments/prop-accounts/failed", SURFACE_PROP, AUTH_APP_SESSION, "reads",    0,             "prop_account_failed", prop_account_failed, NULL, 0 },
	{ "GET",  "/v2/payments/prop-accounts/{id}",   SURFACE_PROP, AUTH_APP_SESSION, "reads",    0,             "prop_account_get",    prop_account_get,    NULL, 0 },
	{ "GET",  "/v2/payments/{payment_id}",         SURFACE_PROP, AUTH_APP_SESSION, "reads",    0,             "payment_get",         payment_get,         NULL, 0 },
	{ "POST", "/v2/lifecycle/sync/{prop_account_id}", SURFACE_PROP, AUTH_APP_SESSION, "reads", ROUTE_OUTSIDE, "lifecycle_sync",      lifecycle_sync,      NULL, 0 },
	{ "GET",  "/health",                           SURFACE_PUBLIC, AUTH_NONE,      NULL,       0,             "health_get",          health_get,          NULL, 0 },
	{ 0 },
};
/* clang-format on */

static const struct db_stmt *const stmts[] = { payments_stmts, NULL };

static const struct worker payments_worker = {
	.program = "purser-payments",
	.family = "payments",
	.purpose = "Sells challenges through Stripe and shows the prop accounts they become.",
	.routes = routes,
	.stmts = stmts,
};

int
main(int argc, char **argv)
{
	return worker_main(argc, argv, &payments_worker);
}
