/* Module connect: what it serves and does. */
#include "config.h"

#include "connect/connect.h"
#include "core/process/module.h"

#include "core/web/routes.inc"

static const struct db_stmt *const *const stmts[] = {
	connect_account_stmts,
	connect_onboarding_link_stmts,
	NULL,
};

const struct module connect_module = {
	.name = "connect",
	.routes = routes,
	.stmts = stmts,
};
