/* Makes the refund of an operator's intent, for the job. */
#include "config.h"

#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "payments/payments.h"

static const struct db_stmt settle_stmt = { "payments.refund_settle",
	"select payments.refund_settle($1, $2::jsonb) as status", 2, 0 };
static const struct db_stmt refuse_stmt = { "payments.refund_refuse",
	"select payments.refund_refuse($1, $2::int, $3, $4) as status", 4, 0 };
static const struct db_stmt unknown_stmt = { "payments.refund_unknown",
	"select payments.refund_unknown($1, $2::int, $3, $4::int) as status", 4, 0 };
const struct db_stmt *const payments_refund_stripe_stmts[] = { &settle_stmt, &refuse_stmt,
	&unknown_stmt, NULL };

struct db_step
payments_refund_ask(struct stripe *stripe, const struct db_rows *intent, int64_t retry_ms,
    struct stripe_reply *reply)
{
	const struct stripe_refund refund = {
		.owner = {
			.installation = db_value(intent, 0, "installation"),
			.api = "prop",
			.tenant = db_value(intent, 0, "tenant_id"),
			.object = db_value(intent, 0, "id"),
			.attempt = 1, /* a refused one is asked for again by another intent */
			.user = db_value(intent, 0, "user_id"),
		},
		.payment_intent = db_value(intent, 0, "stripe_payment_intent_id"),
		.amount_cents = db_value(intent, 0, "amount_cents"),
		.sent_s = db_value_int(intent, 0, "sent_s"),
	};
	struct db_param id = db_text(refund.owner.object);
	struct db_param lease_no = db_text(db_value(intent, 0, "lease_no"));
	struct stripe_refusal refusal;

	stripe_refund_ensure(stripe, &refund, reply);
	if (stripe_refused(reply, &refusal))
		return db_step_keep(stripe->arena, &refuse_stmt,
		    DB_PARAMS(id, lease_no, db_text(refusal.code), db_text(refusal.message)));
	if (reply->result == STRIPE_UNKNOWN)
		return db_step_keep(stripe->arena, &unknown_stmt,
		    DB_PARAMS(id, lease_no, db_text(reply->message),
			db_int(stripe->arena, retry_ms)));
	return db_step_keep(stripe->arena, &settle_stmt,
	    DB_PARAMS(id, db_text(json_print(stripe->arena, reply->object))));
}
