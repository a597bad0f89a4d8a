/*
 * Protects: nginx gets every route's listener, location and body limit from the tables of a
 * program, and nothing of the routes that every program has.
 */
#include <stdlib.h>

#include "core/web/nginx.h"
#include "core/web/req.h"
#include "core/web/route.h"
#include "t/lib/tap.h"

static int
handler(struct req *req)
{
	return req->status;
}

/* clang-format off */
static const struct route parts[] = {
	{ "POST", "/v2/things/{id}/parts/{part}", API_PROP, NULL, ROUTE_UPSTREAM,
	    "part_create", handler, NULL },
	{ "GET",  "/v2/things",              API_PROP, NULL, ROUTE_UPSTREAM,
	    "thing_list", handler, NULL },
	{ "GET",  "/v2/things/made",         API_PROP, NULL, 0, "thing_made", handler, NULL },
	{ "GET",  "/health",                 API_PUBLIC, NULL, ROUTE_EVERY_PROGRAM,
	    "health_get", handler, NULL },
	{ 0 },
};

static const struct route hooks[] = {
	{ "GET",  "/v2/thingsx/old",         API_PROP, NULL, 0, "hook_list", handler, NULL },
	{ "POST", "/v2/hooks/{name}",        API_PROVIDER, NULL, ROUTE_RAW_BODY,
	    "hook_take", handler, NULL },
	{ "GET",  "/v2/hooks",               API_PROP, NULL, 0, "hook_list", handler, NULL },
	{ "GET",  "/v2/things/{id}/hooks",   API_PROP, NULL, 0, "hook_get", handler, NULL },
	{ 0 },
};
/* clang-format on */

static const struct route none[] = { { 0 } };
static const struct route *const tables[] = { none, parts, none, hooks, NULL };
static const struct route *const nothing[] = { none, NULL };

typedef void printer(FILE *out, const struct route *const *tables, const char *program);

static void
prints(printer *print, const struct route *const *of, const char *expected, const char *name)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	print(out, of, "things");
	fclose(out);
	is_str(text, expected, "%s", name);
	free(text);
}

int
main(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *bodies;

	prints(nginx_print_routes, tables,
	    "\"~^POST:/v2/things/[^/]+/parts/[^/]+$\" things_upstream;\n"
	    "\"~^(GET|HEAD):/v2/things$\" things_upstream;\n",
	    "the map has the rows of the second listener, HEAD as GET");
	prints(nginx_print_locations, tables,
	    "location /v2/things {\n\tclient_max_body_size 65536;\n"
	    "\tclient_body_buffer_size 65536;\n\tset $purser_program things;\n"
	    "\tfastcgi_pass $purser_listener;\n}\n"
	    "location /v2/thingsx/old {\n\tclient_max_body_size 65536;\n"
	    "\tclient_body_buffer_size 65536;\n\tset $purser_program things;\n"
	    "\tfastcgi_pass $purser_listener;\n}\n"
	    "location /v2/hooks {\n\tclient_max_body_size 262144;\n"
	    "\tclient_body_buffer_size 262144;\n\tlimit_req zone=purser_unlimited;\n"
	    "\tlimit_conn purser_events 512;\n\tfastcgi_next_upstream error non_idempotent;\n"
	    "\tset $purser_program things;\n\tfastcgi_pass things;\n}\n",
	    "a location for each beginning that no shorter one covers, with the largest body; "
	    "Stripe's events have limits and connections of their own");
	bodies = open_memstream(&text, &len);
	nginx_print_bodies(bodies, tables);
	fclose(bodies);
	is_str(text,
	    "\"~^/v2/things(?:/|$)\" 65536;\n\"~^/v2/thingsx/old(?:/|$)\" 65536;\n"
	    "\"~^/v2/hooks(?:/|$)\" 262144;\n",
	    "the map of the largest bodies has a line for each location");
	free(text);
	prints(nginx_print_routes, nothing, "", "no rows, no lines of the map");
	prints(nginx_print_locations, nothing, "", "no rows, no locations");
	return done();
}
