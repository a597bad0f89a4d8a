/* Problems, path parameters and query parameters of a request. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "core/base/text.h"
#include "core/web/req.h"

int
problem(struct req *req, enum problem what, const char *format, ...)
{
	va_list args;

	req->problem = (struct problem_record) { .problem = what };
	if (format != NULL) {
		va_start(args, format);
		req->problem.message = arena_vprintf(req->arena, format, args);
		va_end(args);
	}
	return req->status = problem_status(what, req->api);
}

__attribute__((format(printf, 5, 0))) static void
add_field(struct req *req, enum problem what, int64_t line, const char *field, const char *format,
    va_list args)
{
	struct problem_record *record = &req->problem;
	struct problem_field *slot;

	if (record->problem != what)
		problem(req, what, NULL);
	if (record->field_count == LIMIT_FIELD_ERRORS) {
		record->not_listed++;
		return;
	}
	slot = &req->problem_fields[record->field_count++];
	slot->line = line;
	slot->field = arena_strdup(req->arena, field);
	slot->message = arena_vprintf(req->arena, format, args);
	record->fields = req->problem_fields;
}

int
problem_field(struct req *req, const char *field, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_field(req, PROBLEM_VALIDATION, 0, field, format, args);
	va_end(args);
	return req->status;
}

int
problem_header(struct req *req, const char *header, const char *format, ...)
{
	struct problem_field *first = req->problem_fields;
	va_list args;

	va_start(args, format);
	add_field(req, PROBLEM_HEADER_INVALID, 0, header, format, args);
	va_end(args);
	req->problem.message = arena_printf(req->arena, "%s %s", first->field, first->message);
	return req->status;
}

int
problem_line(struct req *req, int64_t line, const char *field, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_field(req, PROBLEM_VALIDATION, line, field, format, args);
	va_end(args);
	return req->status;
}

int
problem_lines_end(struct req *req, int64_t total)
{
	struct problem_record *record = &req->problem;
	const struct problem_field *first = req->problem_fields;

	record->not_listed = total - (int64_t)record->field_count;
	record->message = arena_printf(req->arena, "line %" PRId64 "%s%s: %s%s", first->line,
	    strcmp(first->field, "line") == 0 ? "" : ", ",
	    strcmp(first->field, "line") == 0 ? "" : first->field, first->message,
	    total > 1 ? ", and other mistakes" : "");
	return req->status;
}

const char *
req_param(const struct req *req, size_t i)
{
	CHECK(i < LIMIT_PATH_PARAMS && req->path_params[i] != NULL);
	return req->path_params[i];
}

const char *
req_param_uuid(struct req *req, size_t i)
{
	const char *text = req_param(req, i);

	if (text_uuid(text))
		return text;
	problem(req, PROBLEM_NOT_FOUND, NULL);
	return NULL;
}

const char *
req_query(const struct req *req, const char *name)
{
	for (size_t i = 0; i < req->query_count; i++) {
		if (strcmp(req->query[i].name, name) == 0)
			return req->query[i].value;
	}
	return NULL;
}

bool
req_flag(struct req *req, const char *name, bool *flag)
{
	const char *text = req_query(req, name);

	*flag = text != NULL && strcmp(text, "true") == 0;
	if (text == NULL || *flag || strcmp(text, "false") == 0)
		return true;
	problem_field(req, name, "must be true or false");
	return false;
}

bool
req_limit(struct req *req, int64_t fallback, int64_t *limit)
{
	const char *text = req_query(req, "limit");

	*limit = fallback;
	if (text == NULL || text_int(text, 1, LIMIT_PAGE_ROWS, limit))
		return true;
	problem_field(req, "limit", "must be a whole number from 1 to %d", LIMIT_PAGE_ROWS);
	return false;
}

bool
req_page(struct req *req, const char *prefix, struct req_page *page)
{
	bool good = req_limit(req, LIMIT_PAGE_ROWS, &page->limit);
	size_t len = strlen(prefix);

	page->after = req_query(req, "starting_after");
	if (page->after == NULL ||
	    (strncmp(page->after, prefix, len) == 0 && page->after[len] != '\0'))
		return good;
	problem_field(req, "starting_after", "must be the id of a row of this list%s%s",
	    len == 0 ? "" : ", which begins with ", prefix);
	return false;
}

bool
req_offset(struct req *req, int64_t *offset)
{
	const char *text = req_query(req, "offset");

	*offset = 0;
	if (text == NULL || text_int(text, 0, LIMIT_OFFSET, offset))
		return true;
	problem_field(req, "offset", "must be a whole number from 0 to %lld", LIMIT_OFFSET);
	return false;
}
