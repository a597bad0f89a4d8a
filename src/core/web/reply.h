/* Renders the answer of a handler. */
#ifndef PURSER_WEB_REPLY_H
#define PURSER_WEB_REPLY_H

#include "core/db/db.h"
#include "core/json/json_out.h"

struct req;

/* How a column prints. */
enum view_kind { VIEW_TEXT, VIEW_NUMBER, VIEW_BOOL, VIEW_JSON };

/*
 * One member of an answer, in the order of the answer; the same name in SQL and JSON unless
 * `column` is given.
 */
struct view_field {
	const char *name;   /* JSON; NULL ends the table */
	const char *column; /* SQL; NULL = as name */
	enum view_kind kind;
};

/* A JSON object of the row. */
int reply_row(struct req *req, int status, const struct view_field *view,
    const struct db_rows *rows);

/*
 * A bare JSON array of at most `limit` rows.  The statement was asked for one more: where it found
 * that, a Link header has the address of the next page.  The view's first member is the id.
 */
int reply_list(struct req *req, const struct view_field *view, const struct db_rows *rows,
    int64_t limit);

/* {"data":{…}}: the row, wrapped. */
int reply_data(struct req *req, int status, const struct view_field *view,
    const struct db_rows *rows);

/*
 * {"data":[…],"pagination":{"total","limit","offset","has_more"}}.  Every row
 * has the total; a single row without an id is an empty page.
 */
int reply_page(struct req *req, const struct view_field *view, const struct db_rows *rows,
    int64_t limit, int64_t offset);

/* A literal JSON text. */
int reply_literal(struct req *req, int status, const char *json);

#endif
