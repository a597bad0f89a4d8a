/* Makes the refund of an operator's intent, for the job. */
#include "config.h"

#include "core/json/json.h"
#include "core/stripe/row.h"
#include "payments/payments.h"

static const struct db_stmt settle_stmt = { "payments.refund_settle",
	"select payments.refund_settle($1, $2::jsonb) as status", 2, 0 };
static const struct db_stmt refuse_stmt = { "payments.refund_refuse",
	"select payments.refund_refuse($1, $2::int, $3, $4) as status", 4, 0 };
static const struct db_stmt defer_stmt = { "payments.refund_defer",
	"select payments.refund_defer($1, $2::int, $3, $4, $5::boolean, $6::int) as status", 6, 0 };
static const struct db_stmt unknown_stmt = { "payments.refund_unknown",
	"select payments.refund_unknown($1, $2::int, $3, $4::int) as status", 4, 0 };
const struct db_stmt *const payments_refund_stripe_stmts[] = { &settle_stmt, &refuse_stmt,
	&defer_stmt, &unknown_stmt, NULL };

static const struct stripe_unmade unmade = {
	.refuse = &refuse_stmt,
	.defer = &defer_stmt,
	.unknown = &unknown_stmt,
};

struct db_step
payments_refund_ask(struct stripe *stripe, const struct db_rows *intent, int64_t retry_ms,
    struct stripe_reply *reply)
{
	const struct stripe_refund refund = {
		.owner = stripe_owner_of(intent, db_value(intent, 0, "id"),
		    db_value_int(intent, 0, "attempt")),
		.payment_intent = db_value(intent, 0, "stripe_payment_intent_id"),
		.amount_cents = db_value(intent, 0, "amount_cents"),
		.sent_s = db_value_int(intent, 0, "sent_s"),
	};
	const struct db_param names[] = { db_text(refund.owner.object),
		db_text(db_value(intent, 0, "lease_no")) };

	stripe_refund_ensure(stripe, &refund, reply);
	if (!stripe_made(reply))
		return stripe_unmade_step(stripe->arena, &unmade, names, 2, reply, retry_ms);
	return db_step_keep(stripe->arena, &settle_stmt,
	    DB_PARAMS(names[0], db_text(json_print(stripe->arena, reply->object))));
}
