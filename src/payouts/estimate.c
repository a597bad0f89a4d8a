/* The estimate: what an account has earned (the validator's valuation) and is owed. */
#include "config.h"

#include "core/base/conf.h"
#include "core/json/json_out.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "payouts/payouts.h"

const struct db_stmt payouts_estimate_target_stmt = { "payouts.estimate_target",
	"select account_id, subaccount_uuid, synthetic_hotkey, stripe_account, stripe_destination,"
	" asked_ms"
	" from payouts.estimate_target($1)",
	1, 0 };
static const struct db_stmt read_stmt = { "payouts.estimate_get",
	"select amount_usd, amount_cents, currency, available, reason, as_of, formula_version,"
	" weekly_settlements, digest"
	" from payouts.estimate_get($1, $2, $3, $4, $5, $6::bigint)",
	6, DB_OUTCOME };
const struct db_stmt *const payouts_estimate_stmts[] = { &payouts_estimate_target_stmt, &read_stmt,
	NULL };

static const char *
value(const struct db_rows *estimate, const char *name)
{
	return estimate == NULL ? NULL : db_value(estimate, 0, name);
}

/* estimate NULL = zeros, for a user without an account that can earn; explain adds the weeks. */
static int
estimate_reply(struct req *req, const struct db_rows *estimate, bool explain)
{
	const char *as_of = value(estimate, "as_of");
	const char *weeks = value(estimate, "weekly_settlements");
	const char *reason = estimate == NULL ? "not_funded" : value(estimate, "reason");
	struct json_out out;

	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_raw(&out, "amount_usd", estimate == NULL ? "0.00" : value(estimate, "amount_usd"));
	json_out_raw(&out, "amount_cents",
	    estimate == NULL ? "0" : value(estimate, "amount_cents"));
	json_out_text(&out, "currency", "usd");
	json_out_bool(&out, "available", reason == NULL);
	if (reason != NULL)
		json_out_text(&out, "reason", reason);
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

/*
 * GET /v2/payouts/estimate -- what is owed for an account.  The validator is
 * asked each time.  When it does not answer in time, the answer has the last
 * known amount with its time, and `available` is false.  `reason` says why it is.
 */
int
payouts_estimate_get(struct req *req)
{
	struct payout_facts facts;
	const struct db_rows *target, *estimate;
	bool explain;

	if (!req_flag(req, "explain", &explain))
		return call_refuse_recorded(req);

	target = call_read(req, &payouts_estimate_target_stmt,
	    DB_PARAMS(db_text(req->headers.prop_account)));
	if (target == NULL)
		return req->status;
	if (target->count == 0)
		return estimate_reply(req, NULL, explain);
	payouts_facts_ask(req->arena, req->conf, req->id, target, false,
	    req->conf->validator_request_timeout_ms, &facts);
	estimate = call_read(req, &read_stmt,
	    DB_PARAMS(db_text(db_value(target, 0, "account_id")), facts.bucket, facts.total,
		facts.weeks, facts.problem, facts.asked_ms));
	if (estimate == NULL)
		return req->status;
	return estimate_reply(req, estimate, explain);
}
