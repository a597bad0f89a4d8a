/* Webhook endpoints of an api: make, list, deactivate, give another secret, recover. */
#include "config.h"

#include <stddef.h>

#include "core/base/conf.h"
#include "core/json/json.h"
#include "core/upstream/target.h"
#include "core/web/api.h"
#include "core/web/call.h"
#include "core/web/reply.h"
#include "core/web/req.h"
#include "webhooks/webhooks.h"

#define COLUMNS "id, url, events, active, description"

static const struct db_stmt create_stmt = { "webhooks.endpoint_create",
	"select " COLUMNS ", secret from webhooks.endpoint_create($1, $2, $3, $4)", 4, 0 };
static const struct db_stmt list_stmt = { "webhooks.endpoint_list",
	"select " COLUMNS
	" from webhooks.endpoint_v where api = $3" DB_NEWEST_FIRST("webhooks.endpoint_v"),
	3, DB_PIPELINED };
static const struct db_stmt deactivate_stmt = { "webhooks.endpoint_deactivate",
	"select webhooks.endpoint_deactivate($1, $2) as deactivated", 2, 0 };
static const struct db_stmt rotate_stmt = { "webhooks.endpoint_rotate",
	"select " COLUMNS ", secret from webhooks.endpoint_rotate($1, $2)", 2, 0 };
static const struct db_stmt recover_stmt = { "webhooks.endpoint_recover",
	"select recovered, has_more from webhooks.endpoint_recover($1, $2, $3, $4)", 4, 0 };
const struct db_stmt *const webhooks_endpoint_stmts[] = { &create_stmt, &list_stmt,
	&deactivate_stmt, &rotate_stmt, &recover_stmt, NULL };

/* With the secret, which is shown once, and without it. */
#define VIEW \
	{ "id", NULL, VIEW_TEXT }, { "url", NULL, VIEW_TEXT }, { "events", NULL, VIEW_JSON }, \
	    { "active", NULL, VIEW_BOOL }, \
	{ \
		"description", NULL, VIEW_TEXT \
	}
static const struct view_field view[] = { VIEW, { 0 } };
static const struct view_field secret_view[] = { VIEW, { "secret", NULL, VIEW_TEXT }, { 0 } };
static const struct view_field deactivated_view[] = { { "deactivated", NULL, VIEW_BOOL }, { 0 } };
static const struct view_field recovered_view[] = {
	{ "recovered", NULL, VIEW_NUMBER },
	{ "has_more", NULL, VIEW_BOOL },
	{ 0 },
};

struct endpoint {
	const char *url;
	const struct json *events;
	const char *description;
};

static const struct field fields[] = {
	{ "url", FIELD_TEXT, true, 1, TARGET_URL_CHARS, offsetof(struct endpoint, url) },
	{ "events", FIELD_TEXTS, true, 1, 50, offsetof(struct endpoint, events) },
	{ "description", FIELD_TEXT, false, 0, 500, offsetof(struct endpoint, description) },
	{ 0 },
};

const struct route_input webhooks_endpoint_create_input = { fields, sizeof(struct endpoint), NULL };

struct window {
	const char *since;
	const char *until;
};

static const struct field window_fields[] = {
	{ "since", FIELD_TEXT, true, 1, 64, offsetof(struct window, since) },
	{ "until", FIELD_TEXT, false, 1, 64, offsetof(struct window, until) },
	{ 0 },
};

const struct route_input webhooks_endpoint_recover_input = { window_fields, sizeof(struct window),
	NULL };

static struct db_param
api_of(const struct req *req)
{
	return db_text(api_name(req->api));
}

/* POST …/webhook-endpoints -- the URL is never called by the request itself. */
int
webhooks_endpoint_create(struct req *req)
{
	const struct endpoint *in = req->input;
	const char *why = target_url_problem(in->url, req->conf->sandbox);
	const struct db_rows *endpoint;

	if (why != NULL) {
		problem_field(req, "url", "%s", why);
		return call_refuse_recorded(req);
	}
	endpoint = call_settle(req, &create_stmt,
	    DB_PARAMS(api_of(req), db_text(in->url), db_text(json_print(req->arena, in->events)),
		db_text(in->description)));
	return endpoint == NULL ? req->status : reply_row(req, 200, secret_view, endpoint);
}

/* GET …/webhook-endpoints -- newest first, also those that are not active. */
int
webhooks_endpoint_list(struct req *req)
{
	const struct db_rows *endpoints;
	struct req_page page;

	if (!req_page(req, "whe_", &page))
		return call_refuse_recorded(req);
	endpoints = call_read(req, &list_stmt,
	    DB_PARAMS(db_int(req->arena, page.limit + 1), db_text(page.after), api_of(req)));
	return endpoints == NULL ? req->status : reply_list(req, view, endpoints, page.limit);
}

/* A change of the endpoint that the path names. */
static int
change(struct req *req, const struct db_stmt *stmt, const struct view_field *answer)
{
	const struct db_rows *endpoint =
	    call_settle(req, stmt, DB_PARAMS(api_of(req), db_text(req_param(req, 0))));

	return endpoint == NULL ? req->status : reply_row(req, 200, answer, endpoint);
}

/* DELETE …/webhook-endpoints/{id} -- nothing is sent there any more. */
int
webhooks_endpoint_deactivate(struct req *req)
{
	return change(req, &deactivate_stmt, deactivated_view);
}

/* POST …/webhook-endpoints/{id}/rotate-secret -- the earlier one is good for another day. */
int
webhooks_endpoint_rotate(struct req *req)
{
	return change(req, &rotate_stmt, secret_view);
}

/* POST …/webhook-endpoints/{id}/recover -- send what the endpoint has missed. */
int
webhooks_endpoint_recover(struct req *req)
{
	const struct window *in = req->input;
	const struct db_rows *window = call_settle(req, &recover_stmt,
	    DB_PARAMS(api_of(req), db_text(req_param(req, 0)), db_text(in->since),
		db_text(in->until)));

	if (window == NULL)
		return req->status;
	req->wakes_jobs = true;
	return reply_row(req, 200, recovered_view, window);
}
