#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/upstream/validator.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "payouts/payouts.h"
#include "payouts/stmt.h"
#include "payouts/view.h"

void
estimate_ask(struct req *req, const struct db_rows *target, struct estimate_reading *reading)
{
	const char *uuid = db_value(target, 0, "subaccount_uuid");
	const char *hotkey = db_value(target, 0, "synthetic_hotkey");
	enum validator_bucket bucket;
	struct validator_payout payout;

	*reading = (struct estimate_reading) {
		.bucket = db_text(NULL),
		.total_cents = db_text(NULL),
		.weeks = db_text(NULL),
		.asked_ms = db_text(db_value(target, 0, "asked_ms")),
	};
	if (uuid == NULL || hotkey == NULL || req->conf->validator_base == NULL)
		return;
	if (validator_payout(req->arena, req->conf, uuid, hotkey,
		req->conf->validator_request_timeout_ms, &payout,
		&bucket) != VALIDATOR_UNAVAILABLE) {
		reading->total_cents = db_int(req->arena, payout.total_cents);
		reading->weeks = db_text(payout.weeks);
	}
	reading->bucket = db_text(validator_bucket_name(bucket));
}

/*
 * GET /v2/payouts/estimate -- what is owed for an account.  Asked of the
 * validator each time; when it is slow or down the last known amount is shown
 * with its time, and nothing is available.
 */
int
estimate_get(struct req *req)
{
	const char *wanted = req_query(req, "explain");
	bool explain = wanted != NULL && strcmp(wanted, "true") == 0;
	struct estimate_reading reading;
	const struct db_rows *target, *estimate;

	target = call_read(req, &payout_stmts[STMT_ESTIMATE_TARGET],
	    DB_PARAMS(db_text(req->headers.prop_account)));
	if (target == NULL)
		return req->status;
	if (target->count == 0)
		return estimate_reply(req, NULL, explain);
	estimate_ask(req, target, &reading);
	estimate = call_read(req, &payout_stmts[STMT_ESTIMATE_READ],
	    DB_PARAMS(db_text(db_value(target, 0, "account_id")), reading.bucket,
		reading.total_cents, reading.weeks, reading.asked_ms));
	if (estimate == NULL)
		return req->status;
	return estimate_reply(req, estimate, explain);
}
