/* The routes: which row a request matches, and how the rows are printed. */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/web/req.h"
#include "core/web/route.h"

/*
 * One segment of pattern and path; false = they differ.  A {name} takes any segment that
 * is not empty.
 */
static bool
segment_match(struct req *req, const char *pattern, size_t pattern_len, const char *path,
    size_t path_len, size_t *params)
{
	if (pattern_len > 0 && pattern[0] == '{') {
		if (path_len == 0)
			return false;
		CHECK(*params < LIMIT_PATH_PARAMS);
		req->path_params[(*params)++] = arena_strndup(req->arena, path, path_len);
		return true;
	}
	return pattern_len == path_len && memcmp(pattern, path, path_len) == 0;
}

static bool
path_match(struct req *req, const char *pattern, const char *path)
{
	size_t params = 0;

	while (*pattern == '/' && *path == '/') {
		size_t pattern_len = strcspn(++pattern, "/");
		size_t path_len = strcspn(++path, "/");

		if (!segment_match(req, pattern, pattern_len, path, path_len, &params))
			return false;
		pattern += pattern_len;
		path += path_len;
	}
	return *pattern == '\0' && *path == '\0';
}

/* What is known of the path while the tables are walked. */
struct search {
	const struct route *first; /* row with the path */
	const char *allow;         /* methods of such rows */
};

static const struct route *
search(struct req *req, const struct route *routes, struct search *search)
{
	for (const struct route *r = routes; r->method != NULL; r++) {
		/*
		 * The path alone chooses: a static one is listed before the {name} that
		 * would take it too.
		 */
		if (search->first != NULL ? strcmp(r->path, search->first->path) != 0 :
					    !path_match(req, r->path, req->path))
			continue;
		if (strcmp(r->method, req->method) == 0)
			return r;
		search->first = search->first == NULL ? r : search->first;
		search->allow = search->allow == NULL ?
		    r->method :
		    arena_printf(req->arena, "%s, %s", search->allow, r->method);
	}
	return NULL;
}

const struct route *
route_match(struct req *req, const struct route *const *tables)
{
	struct search known = { NULL, NULL };

	for (size_t i = 0; tables[i] != NULL; i++) {
		const struct route *found = search(req, tables[i], &known);

		if (found != NULL)
			return found;
	}
	if (known.allow == NULL) {
		problem(req, PROBLEM_NO_ROUTE, NULL);
		return NULL;
	}
	req->allow = known.allow;
	problem(req, PROBLEM_METHOD_NOT_ALLOWED, NULL);
	return NULL;
}

enum auth
route_auth(const struct route *route)
{
	return route->flags & ROUTE_APP ? AUTH_APP : api_auth(route->api);
}

size_t
route_body_bytes(const struct route *route)
{
	if (route->flags & ROUTE_CSV_BODY)
		return LIMIT_CSV_BODY_BYTES;
	return route->flags & ROUTE_RAW_BODY ? LIMIT_WEBHOOK_BODY_BYTES : LIMIT_BODY_BYTES;
}

void
route_print_head(FILE *out)
{
	fprintf(out, "%-7s %-44s %-12s %-12s %-14s %-8s %s\n", "# method", "path", "api",
	    "credential", "scope", "listener", "handler");
}

void
route_print(FILE *out, const struct route *routes)
{
	for (const struct route *r = routes; r->method != NULL; r++) {
		fprintf(out, "%-7s %-44s %-12s %-12s %-14s %-8s %s\n", r->method, r->path,
		    api_name(r->api), auth_name(route_auth(r)), r->scope == NULL ? "-" : r->scope,
		    r->flags & ROUTE_UPSTREAM ? "upstream" : "main", r->name);
	}
}
