/* Connect accounts whose creation at Stripe is not known: a worker died or Stripe was silent. */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "jobs/kinds.h"
#include "jobs/stmt.h"

static void
ask_stripe(struct job *job, const struct db_rows *account, struct stripe_reply *reply)
{
	const struct stripe_account asked = {
		.account_id = db_value(account, 0, "account_id"),
		.user_id = db_value(account, 0, "user_id"),
		.country = db_value(account, 0, "country"),
		.email = db_value(account, 0, "email"),
		.recipient = db_value_bool(account, 0, "recipient"),
		.created_s = db_value_int(account, 0, "created_s"),
	};
	struct stripe stripe;

	stripe_init(&stripe, job->conf, job->arena, NULL);
	stripe_account_ensure(&stripe, &asked, reply);
}

static const struct db_rows *
settle(struct job *job, const struct db_rows *account, const struct stripe_reply *reply,
    int64_t asked_ms)
{
	const char *tenant = db_value(account, 0, "tenant_id");
	const char *user = db_value(account, 0, "user_id");
	struct db_param id = db_text(db_value(account, 0, "account_id"));

	switch (reply->result) {
	case STRIPE_OK:
		if (reply->object == NULL)
			return job_sql_as(job, tenant, user,
			    &jobs_stmts[STMT_CONNECT_ACCOUNT_REFUSE],
			    DB_PARAMS(id, db_text("abandoned"),
			    db_text("the request never reached Stripe")));
		return job_sql_as(job, tenant, user, &jobs_stmts[STMT_CONNECT_ACCOUNT_SETTLE],
		    DB_PARAMS(id, db_text(json_print(job->arena, reply->object)),
		    db_int(job->arena, asked_ms)));
	case STRIPE_REFUSED:
		return job_sql_as(job, tenant, user, &jobs_stmts[STMT_CONNECT_ACCOUNT_REFUSE],
		    DB_PARAMS(id, db_text(reply->code != NULL ? reply->code : "refused"),
		    db_text(reply->message)));
	case STRIPE_UNKNOWN:
		break;
	}
	return job_sql_as(job, tenant, user, &jobs_stmts[STMT_CONNECT_ACCOUNT_UNKNOWN],
	    DB_PARAMS(id, db_text(reply->message),
	    job_delay(job, db_value_int(account, 0, "attempts"))));
}

bool
connect_run(struct job *job)
{
	const struct db_rows *account;
	int64_t asked_ms = clock_unix_ms();
	struct stripe_reply reply;

	if (job->conf->stripe_secret_key == NULL)
		return false;
	account = job_sql(job, &jobs_stmts[STMT_CONNECT_CLAIM],
	    DB_PARAMS(job_holder(job), job_lease(job)));
	if (account == NULL || account->count == 0)
		return false;
	ask_stripe(job, account, &reply);
	return settle(job, account, &reply, asked_ms) != NULL;
}
