#include "config.h"

#include <stddef.h>

#include "core/web/req.h"
#include "payouts/view.h"

const struct view_field payout_view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "amount_cents", NULL, VIEW_NUMBER },
	{ "currency", NULL, VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ "stripe_transfer_id", NULL, VIEW_TEXT },
	{ "failure_reason", NULL, VIEW_TEXT },
	{ "requested_at", NULL, VIEW_TEXT },
	{ "completed_at", NULL, VIEW_TEXT },
	{ 0 },
};

static const char *
value(const struct db_rows *estimate, const char *name)
{
	return estimate == NULL ? NULL : db_value(estimate, 0, name);
}

int
estimate_reply(struct req *req, const struct db_rows *estimate, bool explain)
{
	const char *as_of = value(estimate, "as_of");
	const char *weeks = value(estimate, "weekly_settlements");
	struct json_out out;

	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_raw(&out, "amount_usd", estimate == NULL ? "0.00" : value(estimate, "amount_usd"));
	json_out_raw(&out, "amount_cents",
	    estimate == NULL ? "0" : value(estimate, "amount_cents"));
	json_out_text(&out, "currency", "usd");
	json_out_bool(&out, "available",
	    estimate != NULL && db_value_bool(estimate, 0, "available"));
	if (as_of != NULL)
		json_out_text(&out, "as_of", as_of);
	if (explain) {
		json_out_text(&out, "formula_version", value(estimate, "formula_version"));
		json_out_raw(&out, "weekly_settlements", weeks != NULL ? weeks : "[]");
		json_out_text(&out, "digest", value(estimate, "digest"));
	}
	json_out_finish(&out);
	return req->status = 200;
}
