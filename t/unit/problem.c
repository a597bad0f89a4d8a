/* Protects: every problem has one row, and its answer has the shape of the route's api. */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/web/problem.h"
#include "t/lib/tap.h"

static const struct problem_field fields[] = { { 0, "amount_cents", "is required" } };
static const struct problem_field lines[] = { { 7, "date", "must be a date" } };

static const struct problem_record not_found = { .problem = PROBLEM_NOT_FOUND };
static const struct problem_record invalid = { .problem = PROBLEM_VALIDATION,
	.message = "no",
	.fields = fields,
	.field_count = 1 };

static const struct problem_record imported = { .problem = PROBLEM_VALIDATION,
	.fields = lines,
	.field_count = 1 };

static const struct {
	const char *name;
	const struct problem_record *record;
	enum api api;
	const char *body;
} cases[] = {
	{ "prop", &not_found, API_PROP,
	    "{\"detail\":{\"code\":\"V2_NOT_FOUND\",\"message\":\"not found\","
	    "\"retryable\":false},\"request_id\":\"r1\"}" },
	{ "prop with fields", &invalid, API_PROP,
	    "{\"detail\":{\"code\":\"V2_VALIDATION_ERROR\",\"message\":\"no\","
	    "\"retryable\":false,\"errors\":[{\"field\":\"amount_cents\","
	    "\"message\":\"is required\"}]},\"request_id\":\"r1\"}" },
	{ "a line of a file", &imported, API_JOURNAL,
	    "{\"error\":\"the request is not valid\",\"code\":\"validation_error\","
	    "\"errors\":[{\"line\":7,\"field\":\"date\",\"message\":\"must be a date\"}],"
	    "\"not_listed\":0,\"request_id\":\"r1\"}" },
	{ "provider is as prop", &not_found, API_PROVIDER,
	    "{\"detail\":{\"code\":\"V2_NOT_FOUND\",\"message\":\"not found\","
	    "\"retryable\":false},\"request_id\":\"r1\"}" },
	{ "journal", &not_found, API_JOURNAL,
	    "{\"error\":\"not found\",\"code\":\"not_found\",\"request_id\":\"r1\"}" },
	{ "partner", &not_found, API_PARTNER,
	    "{\"error\":{\"code\":\"not_found\",\"message\":\"not found\"},"
	    "\"request_id\":\"r1\"}" },
	{ "marketplace", &not_found, API_MARKETPLACE,
	    "{\"error\":\"NOT_FOUND\",\"code\":\"NOT_FOUND\",\"message\":\"not found\","
	    "\"details\":{},\"request_id\":\"r1\","
	    "\"timestamp\":\"2026-01-01T00:00:00Z\"}" },
};

/* Not what a credential, a limit, a state of the moment or our side refuses. */
static bool
is_lasting(int status)
{
	return status == 400 || status == 404 || status == 405 || status == 422;
}

static void
test_list(void)
{
	for (int p = PROBLEM_NONE + 1; p < PROBLEM__MAX; p++) {
		for (int s = 0; s < API__MAX; s++) {
			int status = problem_status((enum problem)p, (enum api)s);

			ok(status >= 400 && status < 600, "problem %d on %s has an error status", p,
			    api_name((enum api)s));
		}
		ok(!problem_kept((enum problem)p) ||
			is_lasting(problem_status((enum problem)p, API_PROP)),
		    "problem %d is kept under a key only where a repeat must be wrong again", p);
		ok(strncmp(problem_code((enum problem)p, API_PROP), "V2_", 3) == 0,
		    "problem %d has a V2_ code on prop", p);
	}
	is_int(problem_of_sqlstate("PU420"), PROBLEM_UNKNOWN_TIER, "a state finds its problem");
	is_int(problem_of_sqlstate("23505"), PROBLEM_NONE, "a foreign state finds none");
	is_int(problem_of_sqlstate(""), PROBLEM_NONE, "no state finds none");
}

int
main(void)
{
	struct arena arena;
	struct buf buf;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_init(&buf, &arena, 4096);
		problem_render(&buf, cases[i].record, cases[i].api, "r1", "2026-01-01T00:00:00Z");
		is_str(buf.data, cases[i].body, "%s", cases[i].name);
	}
	test_list();
	arena_release(&arena);
	return done();
}
