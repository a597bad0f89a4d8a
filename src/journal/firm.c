/* Firms of the journal. */
#include "config.h"

#include "journal/journal.h"

static const struct db_stmt list_stmt = { "journal.firm_list",
	JOURNAL_PAGE("journal.firm_v",
	    "id, name, accounts, payouts, total_gross_payouts,"
	    " total_net_payouts",
	    "name_folded"),
	2, 0 };
const struct db_stmt *const journal_firm_stmts[] = { &list_stmt, NULL };

static const struct view_field view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "name", NULL, VIEW_TEXT },
	{ "accounts", NULL, VIEW_NUMBER },
	{ "payouts", NULL, VIEW_NUMBER },
	{ "total_gross_payouts", NULL, VIEW_NUMBER },
	{ "total_net_payouts", NULL, VIEW_NUMBER },
	{ 0 },
};

/* GET /api/v1/firms -- the firms with accounts of the user, ordered by name. */
int
journal_firm_list(struct req *req)
{
	return journal_page(req, &list_stmt, view);
}
