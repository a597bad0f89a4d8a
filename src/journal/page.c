/* Offset pagination of the journal's lists. */
#include "config.h"

#include "core/web/call.h"
#include "core/web/req.h"
#include "journal/journal.h"

int
journal_page(struct req *req, const struct db_stmt *stmt, const struct view_field *view)
{
	const struct db_rows *rows;
	int64_t limit, offset;
	bool good = req_limit(req, JOURNAL_PAGE_ROWS, &limit);

	good = req_offset(req, &offset) && good;
	if (!good)
		return call_refuse_recorded(req);
	rows =
	    call_read(req, stmt, DB_PARAMS(db_int(req->arena, limit), db_int(req->arena, offset)));
	if (rows == NULL)
		return req->status;
	return reply_page(req, view, rows, limit, offset);
}
