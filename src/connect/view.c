#include "config.h"

#include <stddef.h>

#include "connect/view.h"
#include "core/web/req.h"

const struct view_field connect_account_view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "stripe_account_id", NULL, VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ "payouts_enabled", NULL, VIEW_BOOL },
	{ "charges_enabled", NULL, VIEW_BOOL },
	{ "details_submitted", NULL, VIEW_BOOL },
	{ "bank_name", NULL, VIEW_TEXT },
	{ "last4", NULL, VIEW_TEXT },
	{ "country", NULL, VIEW_TEXT },
	{ "checked_at", NULL, VIEW_TEXT },
	{ 0 },
};

int
connect_account_reply(struct req *req, const struct db_rows *account, const char *url)
{
	struct json_out out;

	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_text(&out, "id", db_value(account, 0, "account_id"));
	json_out_text(&out, "stripe_account_id", db_value(account, 0, "stripe_account_id"));
	json_out_text(&out, "onboarding_url", url);
	json_out_text(&out, "status", db_value(account, 0, "status"));
	json_out_bool(&out, "payouts_enabled", db_value_bool(account, 0, "payouts_enabled"));
	json_out_bool(&out, "charges_enabled", db_value_bool(account, 0, "charges_enabled"));
	json_out_bool(&out, "details_submitted", db_value_bool(account, 0, "details_submitted"));
	json_out_finish(&out);
	return req->status = 200;
}

int
onboarding_link_reply(struct req *req, const char *url)
{
	struct json_out out;

	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_text(&out, "onboarding_url", url);
	json_out_finish(&out);
	return req->status = 200;
}
