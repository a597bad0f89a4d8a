/* Resumes checkouts whose PaymentIntent has an unknown outcome (a crash, no answer). */
#include "config.h"

#include "core/jobs/job.h"
#include "core/stripe/stripe.h"
#include "payments/payments.h"

static const struct db_stmt claim_stmt = { "payments.checkout_claim",
	"select attempts, " CHECKOUT_COLUMNS
	" from payments.checkout_claim($1, $2::int, $3::text[])",
	3, 0 };
const struct db_stmt *const payments_checkout_job_stmts[] = { &claim_stmt, NULL };

bool
payments_checkout_job(struct job *job)
{
	const struct db_rows *payment;
	struct stripe_reply reply;
	struct stripe stripe;
	struct db_step step;

	payment = job_claim(job, &claim_stmt);
	if (payment == NULL)
		return false;
	stripe_init(&stripe, job->conf, db_value(payment, 0, "stripe_account"), job->arena, NULL);
	step = payments_checkout_ask(&stripe, payment,
	    job_delay_ms(job, db_value_int(payment, 0, "attempts")), &reply);
	if (job_settle(job, payment, step) == NULL)
		return false;
	job_wake_jobs(job); /* to apply the events that wait for this intent */
	return true;
}
