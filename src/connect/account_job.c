/* Resumes the making of Connect accounts whose outcome is unknown (a crash, no answer). */
#include "config.h"

#include "connect/connect.h"
#include "core/jobs/job.h"
#include "core/stripe/stripe.h"

static const struct db_stmt claim_stmt = { "connect.account_claim",
	"select tenant_id, installation, user_id, account_id, country, recipient, email, created_s,"
	" stripe_account, lease_no, attempts"
	" from connect.account_claim($1, $2::int, $3::text[])",
	3, 0 };
const struct db_stmt *const connect_account_job_stmts[] = { &claim_stmt, NULL };

bool
connect_account_job(struct job *job)
{
	const struct db_rows *account;
	struct stripe_reply reply;
	struct stripe stripe;
	struct db_step step;

	account = job_claim(job, &claim_stmt);
	if (account == NULL)
		return false;
	stripe_init(&stripe, job->conf, db_value(account, 0, "stripe_account"), job->arena, NULL);
	step = connect_account_ask(&stripe, account,
	    job_delay_ms(job, db_value_int(account, 0, "attempts")), &reply);
	return job_settle(job, account, step) != NULL;
}
