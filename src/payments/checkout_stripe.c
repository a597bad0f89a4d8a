/* Makes the PaymentIntent of a checkout, for the request and for the job that resumes it. */
#include "config.h"

#include "core/json/json.h"
#include "core/stripe/row.h"
#include "payments/payments.h"

static const struct db_stmt settle_stmt = { "payments.checkout_settle",
	"select " CHECKOUT_COLUMNS " from payments.checkout_settle($1, $2, $3, $4)", 4,
	DB_OUTCOME };
static const struct db_stmt refuse_stmt = { "payments.checkout_refuse",
	"select " CHECKOUT_COLUMNS " from payments.checkout_refuse($1, $2::int, $3, $4)", 4, 0 };
static const struct db_stmt unknown_stmt = { "payments.checkout_unknown",
	"select " CHECKOUT_COLUMNS " from payments.checkout_unknown($1, $2::int, $3, $4::int)", 4,
	0 };
const struct db_stmt *const payments_checkout_stripe_stmts[] = { &settle_stmt, &refuse_stmt,
	&unknown_stmt, NULL };

static const struct stripe_unmade unmade = {
	.refuse = &refuse_stmt,
	.unknown = &unknown_stmt,
};

struct db_step
payments_checkout_ask(struct stripe *stripe, const struct db_rows *payment, int64_t retry_ms,
    struct stripe_reply *reply)
{
	struct stripe_checkout checkout = {
		.owner = stripe_owner_of(payment, db_value(payment, 0, "payment_id"), 1),
		.amount_cents = db_value(payment, 0, "amount_cents"),
		.currency = db_value(payment, 0, "currency"),
		.tier_id = db_value(payment, 0, "tier_id"),
		.created_s = db_value_int(payment, 0, "created_s"),
	};
	const struct db_param names[] = { db_text(checkout.owner.object),
		db_text(db_value(payment, 0, "lease_no")) };

	checkout.owner.old_name = "payment_id";
	stripe_payment_intent_ensure(stripe, &checkout, reply);
	if (!stripe_made(reply))
		return stripe_unmade_step(stripe->arena, &unmade, names, 2, reply, retry_ms);
	return db_step_keep(stripe->arena, &settle_stmt,
	    DB_PARAMS(names[0], db_text(json_text(json_get(reply->object, "id"))),
		db_text(json_text(json_get(reply->object, "client_secret"))),
		db_text(json_text(json_get(reply->object, "status")))));
}
