#include "config.h"

#include <string.h>

#include "core/base/bug.h"
#include "core/json/json_out.h"
#include "core/web/problem.h"

struct wording {
	int status;
	const char *code;
};

struct row {
	const char *name;
	const char *sqlstate;
	bool retryable;
	struct wording prop, journal, partner, marketplace;
	const char *message;
};

static const struct row rows[PROBLEM__MAX] = {
#define PROBLEM(name, sqlstate, retry, ps, pc, js, jc, rs, rc, ms, mc, message) \
	[PROBLEM_##name] = { #name, sqlstate, retry, { ps, pc }, { js, jc }, { rs, rc }, \
		{ ms, mc }, message },
#include "core/web/problem.def"
#undef PROBLEM
};

static const struct wording *
wording_of(enum problem problem, enum api api)
{
	const struct row *row = &rows[problem];

	CHECK(problem > PROBLEM_NONE && problem < PROBLEM__MAX);
	switch (api) {
	case API_JOURNAL:
		return &row->journal;
	case API_PARTNER:
		return &row->partner;
	case API_MARKETPLACE:
		return &row->marketplace;
	case API_PROP:
	case API_PROVIDER:
	case API_PUBLIC:
	case API__MAX:
		break;
	}
	return &row->prop;
}

int
problem_status(enum problem problem, enum api api)
{
	return wording_of(problem, api)->status;
}

const char *
problem_code(enum problem problem, enum api api)
{
	return wording_of(problem, api)->code;
}

bool
problem_retryable(enum problem problem)
{
	return rows[problem].retryable;
}

enum problem
problem_of_sqlstate(const char *sqlstate)
{
	for (int i = PROBLEM_NONE + 1; i < PROBLEM__MAX; i++) {
		if (rows[i].sqlstate[0] != '\0' && strcmp(rows[i].sqlstate, sqlstate) == 0)
			return (enum problem)i;
	}
	return PROBLEM_NONE;
}

static void
render_fields(struct json_out *out, const char *name, const struct problem_record *record)
{
	if (record->field_count == 0)
		return;
	json_out_array(out, name);
	for (size_t i = 0; i < record->field_count; i++) {
		json_out_object(out, NULL);
		if (record->fields[i].line > 0)
			json_out_int(out, "line", record->fields[i].line);
		json_out_text(out, "field", record->fields[i].field);
		json_out_text(out, "message", record->fields[i].message);
		json_out_close(out);
	}
	json_out_close(out);
}

/* {"detail":{"code","message","retryable","errors"?},"request_id"} */
static void
render_prop(struct json_out *out, const struct problem_record *record, const char *code,
    const char *message)
{
	json_out_object(out, "detail");
	json_out_text(out, "code", code);
	json_out_text(out, "message", message);
	json_out_bool(out, "retryable", problem_retryable(record->problem));
	render_fields(out, "errors", record);
	json_out_close(out);
}

/* {"error":"text","code","errors"?,"request_id"} */
static void
render_journal(struct json_out *out, const struct problem_record *record, const char *code,
    const char *message)
{
	json_out_text(out, "error", message);
	json_out_text(out, "code", code);
	render_fields(out, "errors", record);
}

/* {"error":{"code","message","details"?},"request_id"} */
static void
render_partner(struct json_out *out, const struct problem_record *record, const char *code,
    const char *message)
{
	json_out_object(out, "error");
	json_out_text(out, "code", code);
	json_out_text(out, "message", message);
	render_fields(out, "details", record);
	json_out_close(out);
}

/* {"error":code,"code":code,"message","details":{},"request_id","timestamp"} */
static void
render_marketplace(struct json_out *out, const struct problem_record *record, const char *code,
    const char *message)
{
	json_out_text(out, "error", code);
	json_out_text(out, "code", code);
	json_out_text(out, "message", message);
	json_out_object(out, "details");
	render_fields(out, "errors", record);
	json_out_close(out);
}

void
problem_render(struct buf *buf, const struct problem_record *record, enum api api,
    const char *request_id, const char *now_rfc3339)
{
	const char *code = problem_code(record->problem, api);
	const char *message =
	    record->message != NULL ? record->message : rows[record->problem].message;
	struct json_out out;

	json_out_init(&out, buf);
	json_out_object(&out, NULL);
	switch (api) {
	case API_JOURNAL:
		render_journal(&out, record, code, message);
		break;
	case API_PARTNER:
		render_partner(&out, record, code, message);
		break;
	case API_MARKETPLACE:
		render_marketplace(&out, record, code, message);
		break;
	case API_PROP:
	case API_PROVIDER:
	case API_PUBLIC:
	case API__MAX:
		render_prop(&out, record, code, message);
		break;
	}
	json_out_text(&out, "request_id", request_id);
	if (api == API_MARKETPLACE)
		json_out_text(&out, "timestamp", now_rfc3339);
	json_out_finish(&out);
}

void
problem_print(FILE *out)
{
	static const enum api apis[] = { API_PROP, API_JOURNAL, API_PARTNER, API_MARKETPLACE };
	const size_t api_count = sizeof(apis) / sizeof(apis[0]);

	fprintf(out, "%-27s %-8s %-5s", "# problem", "sqlstate", "retry");
	for (size_t a = 0; a < api_count; a++)
		fprintf(out, " %-34s", api_name(apis[a]));
	fputs(" message\n", out);
	for (int i = PROBLEM_NONE + 1; i < PROBLEM__MAX; i++) {
		enum problem problem = (enum problem)i;

		fprintf(out, "%-27s %-8s %-5s", rows[i].name,
		    rows[i].sqlstate[0] == '\0' ? "-" : rows[i].sqlstate,
		    rows[i].retryable ? "yes" : "no");
		for (size_t a = 0; a < api_count; a++)
			fprintf(out, " %d %-30s", problem_status(problem, apis[a]),
			    problem_code(problem, apis[a]));
		fprintf(out, " %s\n", rows[i].message);
	}
}
