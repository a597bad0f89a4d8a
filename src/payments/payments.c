/* Module payments: what it serves and does. */
#include "config.h"

#include "core/process/module.h"
#include "payments/payments.h"

#include "core/web/routes.inc"

static const struct db_stmt *const *const stmts[] = {
	payments_checkout_stmts,
	payments_free_stmts,
	payments_lifecycle_stmts,
	payments_payment_stmts,
	payments_prop_account_stmts,
	NULL,
};

const struct module payments_module = {
	.name = "payments",
	.routes = routes,
	.stmts = stmts,
};
