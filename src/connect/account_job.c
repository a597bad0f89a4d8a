/* Resumes the making of Connect accounts whose outcome is unknown (a crash, no answer). */
#include "config.h"

#include "connect/connect.h"
#include "core/base/conf.h"
#include "core/jobs/job.h"
#include "core/stripe/stripe.h"

static const struct db_stmt claim_stmt = { "connect.account_claim",
	"select tenant_id, installation, user_id, account_id, country, recipient, email, created_s,"
	" lease_no, attempts"
	" from connect.account_claim($1, $2::int)",
	2, 0 };
const struct db_stmt *const connect_account_job_stmts[] = { &claim_stmt, NULL };

bool
connect_account_job(struct job *job)
{
	const struct db_rows *account;
	struct stripe_reply reply;
	struct stripe stripe;
	struct db_step step;

	if (job->conf->stripe_secret_key == NULL)
		return false;
	account = job_claim(job, &claim_stmt);
	if (account == NULL)
		return false;
	stripe_init(&stripe, job->conf, job->arena, NULL);
	step = connect_account_ask(&stripe, account,
	    job_delay_ms(job, db_value_int(account, 0, "attempts")), &reply);
	return job_settle(job, account, step) != NULL;
}
