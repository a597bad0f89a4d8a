/* Module journal: its tables of routes and statements. */
#include "config.h"

#include "core/module/module.h"
#include "journal/journal.h"

#include "core/web/routes.inc"

static const struct db_stmt *const *const stmts[] = {
	journal_account_stmts,
	journal_firm_stmts,
	journal_payout_stmts,
	journal_payout_csv_stmts,
	NULL,
};

const struct module journal_module = {
	.name = "journal",
	.routes = routes,
	.stmts = stmts,
};
