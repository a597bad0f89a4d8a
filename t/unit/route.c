/*
 * Protects: a path finds its one row, static segments win, errors have the shape of their
 * api.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/web/req.h"
#include "core/web/route.h"
#include "t/lib/tap.h"

static int
handler(struct req *req)
{
	return req->status;
}

/* clang-format off */
static const struct route routes[] = {
	{ "GET",  "/v2/things",             API_PROP, NULL, 0, "thing_list", handler, NULL },
	{ "POST", "/v2/things",             API_PROP, NULL, ROUTE_UPSTREAM,
	    "thing_create", handler, NULL },
	{ "GET",  "/v2/things/failed",      API_PROP, NULL, 0, "thing_failed", handler, NULL },
	{ "POST", "/v2/things/made",        API_PROP, NULL, 0, "thing_made", handler, NULL },
	{ "GET",  "/v2/things/{id}",        API_PROP, NULL, 0, "thing_get", handler, NULL },
	{ "POST", "/v2/things/{id}/parts/{part}", API_PROP, NULL, ROUTE_UPSTREAM,
	    "part_create", handler, NULL },
	{ 0 },
};

static const struct route *const tables[] = { routes, NULL };

static const struct {
	const char *method;
	const char *path;
	const char *name;	/* NULL = no row */
	int status;		/* then */
	const char *allow;
	const char *params[2];
} cases[] = {
	{ "GET",    "/v2/things",            "thing_list",   0,   NULL,        { NULL, NULL } },
	{ "POST",   "/v2/things",            "thing_create", 0,   NULL,        { NULL, NULL } },
	{ "GET",    "/v2/things/failed",     "thing_failed", 0,   NULL,        { NULL, NULL } },
	{ "GET",    "/v2/things/x",          "thing_get",    0,   NULL,        { "x", NULL } },
	{ "GET",    "/v2/things/failedx",    "thing_get",    0,   NULL,        { "failedx",
	    NULL } },
	{ "POST",   "/v2/things/a/parts/b",  "part_create",  0,   NULL,        { "a", "b" } },
	{ "DELETE", "/v2/things",            NULL,           405, "GET, POST", { NULL, NULL } },
	{ "POST",   "/v2/things/x",          NULL,           405, "GET",       { NULL, NULL } },
	{ "DELETE", "/v2/things/failed",     NULL,           405, "GET",       { NULL, NULL } },
	{ "DELETE", "/v2/things/made",       NULL,           405, "POST",      { NULL, NULL } },
	{ "GET",    "/v2/things/made",       NULL,           405, "POST",      { NULL, NULL } },
	{ "POST",   "/v2/things/made",       "thing_made",   0,   NULL,        { NULL, NULL } },
	{ "GET",    "/v2/things/",           NULL,           404, NULL,        { NULL, NULL } },
	{ "GET",    "/v2/things/x/",         NULL,           404, NULL,        { NULL, NULL } },
	{ "GET",    "/v2//things",           NULL,           404, NULL,        { NULL, NULL } },
	{ "GET",    "/v2/thing",             NULL,           404, NULL,        { NULL, NULL } },
	{ "GET",    "/v2/thingsx",           NULL,           404, NULL,        { NULL, NULL } },
	{ "POST",   "/v2/things/a/parts",    NULL,           404, NULL,        { NULL, NULL } },
	{ "POST",   "/v2/things//parts/b",   NULL,           404, NULL,        { NULL, NULL } },
	{ "GET",    "/",                     NULL,           404, NULL,        { NULL, NULL } },
	{ "GET",    "",                      NULL,           404, NULL,        { NULL, NULL } },
	{ "get",    "/v2/things",            NULL,           405, "GET, POST", { NULL, NULL } },
};

static const struct {
	const char *path;
	enum api api;
} apis[] = {
	{ "/v2/payments/checkout", API_PROP },
	{ "/api/v1/payouts", API_JOURNAL },
	{ "/api/v1/integrations/stripe-connect/accounts", API_MARKETPLACE },
	{ "/v1/integrations/stripe-connect/accounts", API_MARKETPLACE },
	{ "/connect/v1/payouts", API_PARTNER },
	{ "/payouts/quote", API_PARTNER },
	{ "", API_PROP },
};
/* clang-format on */

static void
test_match(struct arena *arena, size_t i)
{
	struct req req = { .arena = arena, .method = cases[i].method, .path = cases[i].path };
	const struct route *route = route_match(&req, tables);
	const char *name = arena_printf(arena, "%s \"%s\"", cases[i].method, cases[i].path);

	is_str(route == NULL ? NULL : route->name, cases[i].name, "%s: row", name);
	is_int(req.problem.problem,
	    cases[i].status == 404     ? PROBLEM_NO_ROUTE :
		cases[i].status == 405 ? PROBLEM_METHOD_NOT_ALLOWED :
					 PROBLEM_NONE,
	    "%s: problem", name);
	is_int(req.status, cases[i].status, "%s: status", name);
	is_str(req.allow, cases[i].allow, "%s: allowed methods", name);
	for (size_t p = 0; p < 2 && cases[i].params[p] != NULL; p++)
		is_str(req_param(&req, p), cases[i].params[p], "%s: parameter %zu", name, p);
}

int
main(void)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_match(&arena, i);
	for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++)
		is_int(api_of_path(apis[i].path), apis[i].api, "api of \"%s\"", apis[i].path);
	arena_release(&arena);
	return done();
}
