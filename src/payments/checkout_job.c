/*
 * Checkouts whose PaymentIntent is unknown: the worker died or Stripe was
 * silent.  Inside Stripe's key window the same request with the same key finds
 * out; after it the intent is looked up by our metadata.
 */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "jobs/kinds.h"
#include "jobs/stmt.h"

/* Stripe keeps a key for at least 24 hours; an hour of that is our margin. */
#define KEY_WINDOW_S (23 * 3600)
/* Around the creation of the row, for clocks that differ. */
#define CLOCK_SKEW_S 600

static enum stripe_result
ask_again(struct job *job, const struct db_rows *payment, struct stripe_reply *reply)
{
	const struct stripe_checkout checkout = {
		.payment_id = db_value(payment, 0, "payment_id"),
		.amount_cents = db_value(payment, 0, "amount_cents"),
		.currency = db_value(payment, 0, "currency"),
		.user_id = db_value(payment, 0, "user_id"),
		.tier_id = db_value(payment, 0, "tier_id"),
		.market = db_value(payment, 0, "market"),
		.asset_class = db_value(payment, 0, "asset_class"),
		.account_size = db_value(payment, 0, "account_size"),
	};
	int64_t created_s = db_value_int(payment, 0, "created_s");
	struct stripe stripe;

	stripe_init(&stripe, job->conf, job->arena, NULL);
	if (clock_unix_s() - created_s < KEY_WINDOW_S)
		return stripe_payment_intent_create(&stripe, &checkout, reply);
	return stripe_payment_intent_find(&stripe, checkout.payment_id,
	    created_s - CLOCK_SKEW_S, created_s + KEY_WINDOW_S + CLOCK_SKEW_S, reply);
}

static const struct db_rows *
settle(struct job *job, const struct db_rows *payment, const struct stripe_reply *reply)
{
	const char *tenant = db_value(payment, 0, "tenant_id");
	const char *user = db_value(payment, 0, "user_id");
	struct db_param id = db_text(db_value(payment, 0, "payment_id"));

	switch (reply->result) {
	case STRIPE_OK:
		if (reply->object == NULL)
			return job_sql_as(job, tenant, user, &jobs_stmts[STMT_CHECKOUT_REFUSE],
			    DB_PARAMS(id, db_text("abandoned"),
			    db_text("the request never reached Stripe")));
		return job_sql_as(job, tenant, user, &jobs_stmts[STMT_CHECKOUT_SETTLE],
		    DB_PARAMS(id, db_text(json_text(json_get(reply->object, "id"))),
		    db_text(json_text(json_get(reply->object, "client_secret"))),
		    db_text(json_text(json_get(reply->object, "status")))));
	case STRIPE_REFUSED:
		return job_sql_as(job, tenant, user, &jobs_stmts[STMT_CHECKOUT_REFUSE],
		    DB_PARAMS(id, db_text(reply->code != NULL ? reply->code : "refused"),
		    db_text(reply->message)));
	case STRIPE_UNKNOWN:
		break;
	}
	return job_sql_as(job, tenant, user, &jobs_stmts[STMT_CHECKOUT_UNKNOWN],
	    DB_PARAMS(id, db_text(reply->message),
	    job_delay(job, db_value_int(payment, 0, "attempts"))));
}

bool
checkout_run(struct job *job)
{
	const struct db_rows *payment;
	struct stripe_reply reply;

	if (job->conf->stripe_secret_key == NULL)
		return false;
	payment = job_sql(job, &jobs_stmts[STMT_CHECKOUT_CLAIM],
	    DB_PARAMS(job_holder(job), job_lease(job)));
	if (payment == NULL || payment->count == 0)
		return false;
	ask_again(job, payment, &reply);
	if (settle(job, payment, &reply) == NULL)
		return false;
	job_ring(job);	/* events that waited for this intent */
	return true;
}
