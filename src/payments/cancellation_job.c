/*
 * Cancels the PaymentIntents of abandoned checkouts, so that an old price cannot be paid.  Each is
 * read first: what was paid meanwhile is booked as usual.
 */
#include "config.h"

#include <string.h>

#include "core/base/conf.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "payments/payments.h"

static const struct db_stmt claim_stmt = { "payments.cancellation_claim",
	"select tenant_id, payment_id, stripe_payment_intent_id, stripe_account, attempts"
	" from payments.cancellation_claim($1, $2::int, $3::text[])",
	3, 0 };
const struct db_stmt *const payments_cancellation_job_stmts[] = { &claim_stmt, NULL };

/* May a PaymentIntent of this status be canceled?  One that is processing may still succeed. */
static bool
is_cancelable(const struct json *intent)
{
	const char *status = json_text(json_get(intent, "status"));

	return status != NULL && strncmp(status, "requires_", strlen("requires_")) == 0;
}

bool
payments_cancellation_job(struct job *job)
{
	const struct db_rows *payment;
	struct stripe_reply reply;
	struct stripe stripe;
	const char *intent;

	if (job->conf->checkout_cancel_after_s == 0)
		return false;
	payment = job_claim(job, &claim_stmt);
	if (payment == NULL)
		return false;
	intent = db_value(payment, 0, "stripe_payment_intent_id");
	stripe_init(&stripe, job->conf, db_value(payment, 0, "stripe_account"), job->arena, NULL);
	stripe_payment_intent_get(&stripe, intent, &reply);
	if (!payments_payment_intent_record(job, payment, &reply))
		return false;
	if (reply.result != STRIPE_OK || !is_cancelable(reply.object) || !job_goes_on(job))
		return true;
	/* One that changed since is refused, and read again by a later turn. */
	stripe_payment_intent_cancel(&stripe, db_value(payment, 0, "payment_id"),
	    db_value_int(payment, 0, "attempts"), intent, &reply);
	return payments_payment_intent_record(job, payment, &reply);
}
