/* Asks Stripe for the refunds of operators, and resumes those with an unknown outcome. */
#include "config.h"

#include "core/base/log.h"
#include "core/jobs/job.h"
#include "core/stripe/stripe.h"
#include "payments/payments.h"

static const struct db_stmt claim_stmt = { "payments.refund_claim",
	"select tenant_id, user_id, id, stripe_payment_intent_id, amount_cents, currency, attempt,"
	" sent_s, installation, stripe_account, lease_no, attempts"
	" from payments.refund_claim($1, $2::int, $3::text[])",
	3, 0 };
const struct db_stmt *const payments_refund_job_stmts[] = { &claim_stmt, NULL };

bool
payments_refund_job(struct job *job)
{
	const struct db_rows *intent, *done;
	struct stripe_reply reply;
	struct stripe stripe;
	struct db_step step;

	intent = job_claim(job, &claim_stmt);
	if (intent == NULL)
		return false;
	stripe_init(&stripe, job->conf, db_value(intent, 0, "stripe_account"), job->arena, NULL);
	step = payments_refund_ask(&stripe, intent,
	    job_delay_ms(job, db_value_int(intent, 0, "attempts")), &reply);
	done = job_settle(job, intent, step);
	log_event(LOG_LEVEL_INFO, NULL, "refund", "refund", db_value(intent, 0, "id"), "status",
	    done == NULL ? NULL : db_value(done, 0, "status"), NULL);
	return done != NULL;
}
