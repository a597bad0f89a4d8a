/* The list of problems (problem.def): look-up, and the answer in the shape of each api. */
#include "config.h"

#include <ctype.h>
#include <pthread.h>
#include <string.h>

#include "core/base/bug.h"
#include "core/json/json_out.h"
#include "core/web/problem.h"

struct row {
	const char *name;
	const char *code; /* on prop, by the rule */
	const char *kind;
	int status;
	const char *sqlstate;
	bool retryable;
	enum { FREE, KEPT } under_key;
	const char *message;
};

static const struct row rows[PROBLEM__MAX] = {
#define PROBLEM(name, kind, status, sqlstate, retry, under_key, message) \
	[PROBLEM_## \
	    name] = { #name, "V2_" #name, #kind, status, sqlstate, retry, under_key, message },
#define EXCEPTION(name, api, code)
#include "core/web/problem.def"
#undef PROBLEM
#undef EXCEPTION
};

static const struct {
	enum problem problem;
	enum api api;
	const char *code;
} exceptions[] = {
#define PROBLEM(...)
#define EXCEPTION(name, api, code) { PROBLEM_##name, API_##api, code },
#include "core/web/problem.def"
#undef PROBLEM
#undef EXCEPTION
};

/* The api whose shape, codes and status it has. */
static enum api
shape_of(enum api api)
{
	return api == API_PROVIDER || api == API_PUBLIC ? API_PROP : api;
}

int
problem_status(enum problem problem, enum api api)
{
	CHECK(problem > PROBLEM_NONE && problem < PROBLEM__MAX);
	if (rows[problem].status == 422 && (api == API_JOURNAL || api == API_MARKETPLACE))
		return 400;
	return rows[problem].status;
}

/* --- codes --------------------------------------------------------------- */

static char lower_kinds[PROBLEM__MAX][32];
static pthread_once_t lower_once = PTHREAD_ONCE_INIT;

static void
make_lower_kinds(void)
{
	for (int i = PROBLEM_NONE + 1; i < PROBLEM__MAX; i++) {
		const char *kind = rows[i].kind;

		CHECK(strlen(kind) < sizeof(lower_kinds[i]));
		for (size_t c = 0; kind[c] != '\0'; c++)
			lower_kinds[i][c] = (char)tolower((unsigned char)kind[c]);
	}
}

static const char *
exception_of(enum problem problem, enum api api)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
		if (exceptions[i].problem == problem && exceptions[i].api == api)
			return exceptions[i].code;
	}
	return NULL;
}

const char *
problem_code(enum problem problem, enum api api)
{
	enum api shape = shape_of(api);
	const char *exception = exception_of(problem, shape);

	CHECK(problem > PROBLEM_NONE && problem < PROBLEM__MAX);
	if (exception != NULL)
		return exception;
	if (shape == API_PROP)
		return rows[problem].code;
	if (shape == API_MARKETPLACE)
		return rows[problem].kind;
	CHECK(pthread_once(&lower_once, make_lower_kinds) == 0);
	return lower_kinds[problem];
}

/* --- the rest of a row ---------------------------------------------------- */

bool
problem_retryable(enum problem problem)
{
	return rows[problem].retryable;
}

bool
problem_kept(enum problem problem)
{
	return rows[problem].under_key == KEPT;
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

/* --- answers -------------------------------------------------------------- */

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
	if (record->fields[0].line > 0 || record->not_listed > 0)
		json_out_int(out, "not_listed", record->not_listed);
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
