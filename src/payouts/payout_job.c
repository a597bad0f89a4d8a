/*
 * Submits payouts whose tenant has them submitted automatically or that an operator released, and
 * resumes those whose transfer has an unknown outcome (a crash, no answer).
 */
#include "config.h"

#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/jobs/job.h"
#include "core/stripe/stripe.h"
#include "payouts/payouts.h"

static const struct db_stmt claim_stmt = { "payouts.payout_claim",
	"select " TRANSFER_COLUMNS " from payouts.payout_claim($1, $2::int, $3::text[])", 3, 0 };
const struct db_stmt *const payouts_payout_job_stmts[] = { &claim_stmt, NULL };

/* Reads the facts of a claimed payout.  NULL = nothing more is to be done in this turn. */
static const struct db_rows *
read_first(struct job *job, const struct db_rows *payout)
{
	struct db_step step = payouts_transfer_read(job->arena, job->conf, NULL, payout,
	    job->conf->validator_timeout_ms, job_holder(job), job_lease(job));
	const struct db_rows *read = job_settle(job, payout, step);

	return read != NULL && job_goes_on(job) ? read : NULL;
}

/* Is there something to ask Stripe for? */
static bool
asks_stripe(const struct db_rows *payout)
{
	return payouts_transfer_next(payout, "send") || payouts_transfer_next(payout, "look_up");
}

bool
payouts_payout_job(struct job *job)
{
	const struct db_rows *payout, *done;
	struct stripe_reply reply;
	struct stripe stripe;
	struct db_step step;

	payout = job_claim(job, &claim_stmt);
	if (payout == NULL)
		return false;
	if (payouts_transfer_next(payout, "read"))
		payout = read_first(job, payout);
	if (payout == NULL || !asks_stripe(payout))
		return true;
	stripe_init(&stripe, job->conf, db_value(payout, 0, "stripe_account"), job->arena, NULL);
	step = payouts_payout_ask(&stripe, payout,
	    job_delay_ms(job, db_value_int(payout, 0, "attempts")), &reply);
	done = job_settle(job, payout, step);
	log_event(LOG_LEVEL_INFO, NULL, "payout", "payout", db_value(payout, 0, "id"), "status",
	    done == NULL ? NULL : db_value(done, 0, "status"), NULL);
	return done != NULL;
}
