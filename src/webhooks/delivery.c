/* Deliveries to a webhook endpoint: list them, send one again. */
#include "config.h"

#include "core/web/api.h"
#include "core/web/call.h"
#include "core/web/reply.h"
#include "core/web/req.h"
#include "webhooks/webhooks.h"

#define COLUMNS "id, event_type, status, attempts, response_status"

/* Asked first: one without deliveries has an empty list, one that is not theirs does not exist. */
static const struct db_stmt endpoint_stmt = { "webhooks.endpoint_get",
	"select id from webhooks.endpoint_v where api = $1 and id = $2", 2, DB_PIPELINED };
static const struct db_stmt list_stmt = { "webhooks.delivery_list",
	"select " COLUMNS " from webhooks.delivery_v where api = $3"
	" and endpoint_id = $4" DB_NEWEST_FIRST("webhooks.delivery_v"),
	4, DB_PIPELINED };
static const struct db_stmt resend_stmt = { "webhooks.delivery_resend",
	"select " COLUMNS " from webhooks.delivery_resend($1, $2, $3)", 3, 0 };
const struct db_stmt *const webhooks_delivery_stmts[] = { &endpoint_stmt, &list_stmt, &resend_stmt,
	NULL };

static const struct view_field view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "event_type", NULL, VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ "attempts", NULL, VIEW_NUMBER },
	{ "response_status", NULL, VIEW_NUMBER },
	{ 0 },
};

/* GET …/webhook-endpoints/{id}/deliveries -- newest first. */
int
webhooks_delivery_list(struct req *req)
{
	struct db_param api = db_text(api_name(req->api));
	struct db_param endpoint = db_text(req_param(req, 0));
	const struct db_rows *deliveries;
	struct req_page page;

	if (!req_page(req, "whd_", &page))
		return call_refuse_recorded(req);
	if (call_read_one(req, &endpoint_stmt, DB_PARAMS(api, endpoint)) == NULL)
		return req->status;
	deliveries = call_read(req, &list_stmt,
	    DB_PARAMS(db_int(req->arena, page.limit + 1), db_text(page.after), api, endpoint));
	return deliveries == NULL ? req->status : reply_list(req, view, deliveries, page.limit);
}

/* POST …/webhook-endpoints/{id}/deliveries/{delivery_id}/resend -- send it again, now. */
int
webhooks_delivery_resend(struct req *req)
{
	const struct db_rows *delivery = call_settle(req, &resend_stmt,
	    DB_PARAMS(db_text(api_name(req->api)), db_text(req_param(req, 0)),
		db_text(req_param(req, 1))));

	if (delivery == NULL)
		return req->status;
	req->wakes_jobs = true;
	return reply_row(req, 200, view, delivery);
}
