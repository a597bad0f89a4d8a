#include "config.h"

#include "core/web/call.h"
#include "core/web/req.h"
#include "payouts/journal.h"
#include "payouts/journal_stmt.h"
#include "payouts/journal_view.h"

/* GET /api/v1/firms -- where the user has accounts, by name. */
int
journal_firm_list(struct req *req)
{
	const struct db_rows *rows;
	int64_t limit, offset;
	bool good = req_limit(req, JOURNAL_PAGE_ROWS, &limit);

	good = req_offset(req, &offset) && good;
	if (!good)
		return call_refuse_recorded(req);
	rows = call_read(req, &journal_stmts[STMT_JOURNAL_FIRM_LIST],
	    DB_PARAMS(db_int(req->arena, limit), db_int(req->arena, offset)));
	if (rows == NULL)
		return req->status;
	return reply_page(req, journal_firm_view, rows, limit, offset);
}
