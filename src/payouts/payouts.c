/* Module payouts: what it serves and does. */
#include "config.h"

#include "core/process/module.h"
#include "payouts/payouts.h"

#include "core/web/routes.inc"

static const struct db_stmt *const *const stmts[] = {
	payouts_estimate_stmts,
	payouts_payout_stmts,
	NULL,
};

const struct module payouts_module = {
	.name = "payouts",
	.routes = routes,
	.stmts = stmts,
};
