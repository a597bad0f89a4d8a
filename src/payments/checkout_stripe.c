/* Makes the PaymentIntent of a checkout, for the request and for the job that resumes it. */
#include "config.h"

#include "core/json/json.h"
#include "core/stripe/stripe.h"
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

/* The step that records an answer of Stripe. */
static struct db_step
outcome(struct arena *arena, const struct db_rows *payment, const struct stripe_reply *reply,
    int64_t retry_ms)
{
	struct db_param id = db_text(db_value(payment, 0, "payment_id"));
	struct db_param lease_no = db_text(db_value(payment, 0, "lease_no"));
	struct stripe_refusal refusal;

	if (stripe_refused(reply, &refusal))
		return db_step_keep(arena, &refuse_stmt,
		    DB_PARAMS(id, lease_no, db_text(refusal.code), db_text(refusal.message)));
	if (reply->result == STRIPE_UNKNOWN)
		return db_step_keep(arena, &unknown_stmt,
		    DB_PARAMS(id, lease_no, db_text(reply->message), db_int(arena, retry_ms)));
	return db_step_keep(arena, &settle_stmt,
	    DB_PARAMS(id, db_text(json_text(json_get(reply->object, "id"))),
		db_text(json_text(json_get(reply->object, "client_secret"))),
		db_text(json_text(json_get(reply->object, "status")))));
}

struct db_step
payments_checkout_ask(struct stripe *stripe, const struct db_rows *payment, int64_t retry_ms,
    struct stripe_reply *reply)
{
	const struct stripe_checkout checkout = {
		.owner = {
			.installation = db_value(payment, 0, "installation"),
			.api = "prop",
			.tenant = db_value(payment, 0, "tenant_id"),
			.object = db_value(payment, 0, "payment_id"),
			.attempt = 1,
			.user = db_value(payment, 0, "user_id"),
			.old_name = "payment_id",
		},
		.amount_cents = db_value(payment, 0, "amount_cents"),
		.currency = db_value(payment, 0, "currency"),
		.tier_id = db_value(payment, 0, "tier_id"),
		.created_s = db_value_int(payment, 0, "created_s"),
	};

	stripe_payment_intent_ensure(stripe, &checkout, reply);
	return outcome(stripe->arena, payment, reply, retry_ms);
}
