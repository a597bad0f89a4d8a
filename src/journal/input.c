/* Input that several routes of the journal share: filters, statuses, numbers. */
#include "config.h"

#include <string.h>

#include "core/base/text.h"
#include "core/web/req.h"
#include "journal/journal.h"

bool
journal_status_known(const char *status)
{
	static const char *const known[] = { "pending", "processing", "completed", "failed" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i], status) == 0)
			return true;
	}
	return false;
}

/* One status or several, separated by commas. */
static void
statuses_check(struct req *req, const char *list)
{
	char *rest = arena_strdup(req->arena, list);

	for (char *status = strsep(&rest, ","); status != NULL; status = strsep(&rest, ",")) {
		if (journal_status_known(status))
			continue;
		problem_field(req, "status",
		    "must be " JOURNAL_STATUSES ", or several with commas");
		return;
	}
}

/* A filter by text; an empty one is ignored. */
static const char *
text_filter(const struct req *req, const char *name)
{
	const char *text = req_query(req, name);

	return text == NULL || text[0] == '\0' ? NULL : text;
}

static const char *
date_filter(struct req *req, const char *name)
{
	const char *text = req_query(req, name);

	if (text != NULL && !text_date(text))
		problem_field(req, name, "must be a date like 2024-01-31");
	return text;
}

bool
journal_filter_read(struct req *req, struct journal_filter *filter)
{
	filter->account_id = req_query(req, "account_id");
	filter->firm = text_filter(req, "firm");
	filter->status = req_query(req, "status");
	filter->search = text_filter(req, "search");
	filter->start_date = date_filter(req, "start_date");
	filter->end_date = date_filter(req, "end_date");
	if (filter->account_id != NULL && !text_uuid(filter->account_id))
		problem_field(req, "account_id", "must be a UUID");
	if (filter->status != NULL)
		statuses_check(req, filter->status);
	if (req->status != 0)
		return false;
	if (filter->start_date != NULL && filter->end_date != NULL &&
	    strcmp(filter->start_date, filter->end_date) > 0) {
		problem_field(req, "end_date", "is before start_date");
		return false;
	}
	return true;
}

struct db_param
journal_number(struct req *req, const struct field_number *field)
{
	return field->given ? db_int(req->arena, field->n) : db_text(NULL);
}
