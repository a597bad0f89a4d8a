/* Renders rows as JSON by tables of view fields. */
#include "config.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/base/misfit.h"
#include "core/upstream/url.h"
#include "core/web/reply.h"
#include "core/web/req.h"
#include "core/web/route.h"

#define VIEW_COLUMNS_MAX 32

/* Looks up the column numbers of a view once, not once per row. */
static size_t
view_columns(const struct view_field *view, const struct db_rows *rows, int *columns)
{
	size_t count = 0;

	for (; view[count].name != NULL; count++) {
		CHECK(count < VIEW_COLUMNS_MAX);
		columns[count] = db_column(rows,
		    view[count].column != NULL ? view[count].column : view[count].name);
	}
	return count;
}

static void
print_row(struct json_out *out, const struct view_field *view, const int *columns, size_t count,
    const struct db_rows *rows, int row)
{
	json_out_object(out, NULL);
	for (size_t i = 0; i < count; i++) {
		const char *cell = db_cell(rows, row, columns[i]);

		switch (view[i].kind) {
		case VIEW_TEXT:
			json_out_text(out, view[i].name, cell);
			break;
		case VIEW_NUMBER:
			json_out_raw(out, view[i].name, cell);
			break;
		case VIEW_JSON:
			json_out_compact(out, view[i].name, cell);
			break;
		case VIEW_BOOL:
			json_out_raw(out, view[i].name,
			    cell == NULL       ? NULL :
				cell[0] == 't' ? "true" :
						 "false");
			break;
		}
	}
	json_out_close(out);
}

int
reply_row(struct req *req, int status, const struct view_field *view, const struct db_rows *rows)
{
	int columns[VIEW_COLUMNS_MAX];
	size_t count = view_columns(view, rows, columns);
	struct json_out out;

	FIT(rows->count == 1);
	json_out_init(&out, &req->reply);
	print_row(&out, view, columns, count, rows, 0);
	return req->status = status;
}

/* The address of the page behind an id, relative to the server (RFC 8288). */
static const char *
link_next(struct req *req, const char *id)
{
	const char *limit = req_query(req, "limit");
	struct buf link;

	buf_init(&link, req->arena, LIMIT_LINK_BYTES);
	buf_printf(&link, "<%s?", req->route->path);
	if (limit != NULL)
		buf_printf(&link, "limit=%s&", limit);
	buf_str(&link, "starting_after=");
	url_encode(&link, id, "");
	buf_str(&link, ">; rel=\"next\"");
	CHECK(!link.overflow);
	return link.data;
}

int
reply_list(struct req *req, const struct view_field *view, const struct db_rows *rows,
    int64_t limit)
{
	int columns[VIEW_COLUMNS_MAX];
	size_t count = view_columns(view, rows, columns);
	int shown = rows->count > limit ? (int)limit : rows->count;
	struct json_out out;

	json_out_init(&out, &req->reply);
	json_out_array(&out, NULL);
	for (int row = 0; row < shown; row++)
		print_row(&out, view, columns, count, rows, row);
	json_out_close(&out);
	if (shown < rows->count)
		req->link = link_next(req, db_cell(rows, shown - 1, columns[0]));
	return req->status = 200;
}

int
reply_data(struct req *req, int status, const struct view_field *view, const struct db_rows *rows)
{
	buf_str(&req->reply, "{\"data\":");
	reply_row(req, status, view, rows);
	buf_str(&req->reply, "}");
	return req->status;
}

int
reply_page(struct req *req, const struct view_field *view, const struct db_rows *rows,
    int64_t limit, int64_t offset)
{
	int64_t total = db_value_int(rows, 0, "total");
	int shown = db_value(rows, 0, "id") == NULL ? 0 : rows->count;
	int columns[VIEW_COLUMNS_MAX];
	size_t count = view_columns(view, rows, columns);
	struct json_out out;

	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_array(&out, "data");
	for (int row = 0; row < shown; row++)
		print_row(&out, view, columns, count, rows, row);
	json_out_close(&out);
	json_out_object(&out, "pagination");
	json_out_int(&out, "total", total);
	json_out_int(&out, "limit", limit);
	json_out_int(&out, "offset", offset);
	json_out_bool(&out, "has_more", offset + shown < total);
	json_out_finish(&out);
	return req->status = 200;
}

int
reply_literal(struct req *req, int status, const char *json)
{
	buf_str(&req->reply, json);
	return req->status = status;
}
