/* Makes the transfer of a payout, for the request and for the job that resumes it. */
#include "config.h"

#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "payouts/payouts.h"

static const struct db_stmt settle_stmt = { "payouts.payout_settle",
	"select " PAYOUT_COLUMNS " from payouts.payout_settle($1, $2::jsonb)", 2, 0 };
static const struct db_stmt refuse_stmt = { "payouts.payout_refuse",
	"select " PAYOUT_COLUMNS " from payouts.payout_refuse($1, $2::int, $3, $4)", 4, 0 };
static const struct db_stmt unknown_stmt = { "payouts.payout_unknown",
	"select " PAYOUT_COLUMNS " from payouts.payout_unknown($1, $2::int, $3, $4::int)", 4, 0 };
const struct db_stmt *const payouts_payout_stripe_stmts[] = { &settle_stmt, &refuse_stmt,
	&unknown_stmt, NULL };

struct db_step
payouts_payout_ask(struct stripe *stripe, const struct db_rows *payout, int64_t retry_ms,
    struct stripe_reply *reply)
{
	const struct stripe_transfer transfer = {
		.owner = {
			.installation = db_value(payout, 0, "installation"),
			.api = "prop",
			.tenant = db_value(payout, 0, "tenant_id"),
			.object = db_value(payout, 0, "id"),
			.attempt = db_value_int(payout, 0, "attempt"),
			.user = db_value(payout, 0, "user_id"),
			.old_name = "payout_id",
		},
		.amount_cents = db_value(payout, 0, "amount_cents"),
		.currency = db_value(payout, 0, "currency"),
		.destination = db_value(payout, 0, "destination"),
		.sent_s = db_value_int(payout, 0, "sent_s"),
	};
	struct db_param id = db_text(transfer.owner.object);
	struct db_param attempt = db_text(db_value(payout, 0, "attempt"));
	struct stripe_refusal refusal;

	stripe_transfer_ensure(stripe, &transfer, reply);
	if (stripe_refused(reply, &refusal))
		return db_step_keep(stripe->arena, &refuse_stmt,
		    DB_PARAMS(id, attempt, db_text(refusal.code), db_text(refusal.message)));
	if (reply->result == STRIPE_UNKNOWN)
		return db_step_keep(stripe->arena, &unknown_stmt,
		    DB_PARAMS(id, attempt, db_text(reply->message),
			db_int(stripe->arena, retry_ms)));
	return db_step_keep(stripe->arena, &settle_stmt,
	    DB_PARAMS(id, db_text(json_print(stripe->arena, reply->object))));
}
