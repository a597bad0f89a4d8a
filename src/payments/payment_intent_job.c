/* Reconciles payments without an event: reads them from Stripe, at growing intervals. */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/log.h"
#include "core/jobs/job.h"
#include "core/stripe/stripe.h"
#include "payments/payments.h"

static const struct db_stmt claim_stmt = { "payments.payment_intent_claim",
	"select tenant_id, payment_id, stripe_payment_intent_id, stripe_account, attempts"
	" from payments.payment_intent_claim($1, $2::int, $3::int, $4::text[], $5::int)",
	5, 0 };
static const struct db_stmt unread_stmt = { "payments.payment_intent_unread",
	"select payments.payment_intent_unread($1, $2)", 2, 0 };
const struct db_stmt *const payments_payment_intent_job_stmts[] = { &claim_stmt, &unread_stmt,
	NULL };

bool
payments_payment_intent_record(struct job *job, const struct db_rows *payment,
    const struct stripe_reply *reply)
{
	const char *id = db_value(payment, 0, "payment_id");

	if (reply->result == STRIPE_OK)
		return payments_payment_intent_apply(job, db_value(payment, 0, "tenant_id"),
			   reply->object) != NULL;
	/* The claim has already set the time of the next attempt. */
	log_event(LOG_LEVEL_WARN, NULL, "payment not reconciled, tried again later", "payment", id,
	    "error", reply->message, NULL);
	return job_sql(job, &unread_stmt, DB_PARAMS(db_text(id), db_text(reply->message))) != NULL;
}

bool
payments_payment_intent_job(struct job *job)
{
	const struct db_rows *payment;
	struct stripe_reply reply;
	struct stripe stripe;

	payment = job_sql(job, &claim_stmt,
	    DB_PARAMS(job_holder(job), job_lease(job),
		db_int(job->arena, job->conf->reconcile_after_s),
		db_text(credentials_keys(job->conf->credentials, job->arena)),
		db_int(job->arena, job->conf->checkout_cancel_after_s)));
	if (payment == NULL || payment->count == 0)
		return false;
	stripe_init(&stripe, job->conf, db_value(payment, 0, "stripe_account"), job->arena, NULL);
	stripe_payment_intent_get(&stripe, db_value(payment, 0, "stripe_payment_intent_id"),
	    &reply);
	return payments_payment_intent_record(job, payment, &reply);
}
