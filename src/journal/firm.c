#include "config.h"

#include "journal/journal.h"
#include "journal/stmt.h"
#include "journal/view.h"

/* GET /api/v1/firms -- where the user has accounts, by name. */
int
journal_firm_list(struct req *req)
{
	return journal_page(req, &journal_stmts[STMT_JOURNAL_FIRM_LIST], journal_firm_view);
}
