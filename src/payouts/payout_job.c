/*
 * Payouts whose transfer is to be made, or whose outcome is not known: a tenant
 * has its requests submitted at once, a worker died, or Stripe was silent.
 */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "jobs/kinds.h"
#include "jobs/stmt.h"

static void
ask_stripe(struct job *job, const struct db_rows *payout, struct stripe_reply *reply)
{
	const struct stripe_transfer transfer = {
		.payout_id = db_value(payout, 0, "id"),
		.attempt = db_value_int(payout, 0, "attempt"),
		.amount_cents = db_value(payout, 0, "amount_cents"),
		.currency = db_value(payout, 0, "currency"),
		.destination = db_value(payout, 0, "destination"),
		.sent_s = db_value_int(payout, 0, "sent_s"),
	};
	struct stripe stripe;

	stripe_init(&stripe, job->conf, job->arena, NULL);
	stripe_transfer_ensure(&stripe, &transfer, reply);
}

static const struct db_rows *
sql(struct job *job, const struct db_rows *payout, enum jobs_stmt stmt,
    const struct db_param *params)
{
	return job_sql_as(job, db_value(payout, 0, "tenant_id"), db_value(payout, 0, "user_id"),
	    &jobs_stmts[stmt], params);
}

static const struct db_rows *
settle(struct job *job, const struct db_rows *payout, const struct stripe_reply *reply)
{
	struct db_param id = db_text(db_value(payout, 0, "id"));
	struct db_param attempt = db_text(db_value(payout, 0, "attempt"));

	switch (reply->result) {
	case STRIPE_OK:
		if (reply->object == NULL)
			return sql(job, payout, STMT_PAYOUT_REFUSE, DB_PARAMS(id, attempt,
			    db_text("abandoned"), db_text("the request never reached Stripe")));
		return sql(job, payout, STMT_PAYOUT_SETTLE,
		    DB_PARAMS(id, db_text(json_print(job->arena, reply->object))));
	case STRIPE_REFUSED:
		return sql(job, payout, STMT_PAYOUT_REFUSE, DB_PARAMS(id, attempt,
		    db_text(reply->code != NULL ? reply->code : "refused"),
		    db_text(reply->message)));
	case STRIPE_UNKNOWN:
		break;
	}
	return sql(job, payout, STMT_PAYOUT_UNKNOWN, DB_PARAMS(id, attempt,
	    db_text(reply->message), job_delay(job, db_value_int(payout, 0, "attempts"))));
}

bool
payout_run(struct job *job)
{
	const struct db_rows *payout, *done;
	struct stripe_reply reply;

	if (job->conf->stripe_secret_key == NULL)
		return false;
	payout = job_sql(job, &jobs_stmts[STMT_PAYOUT_CLAIM],
	    DB_PARAMS(job_holder(job), job_lease(job)));
	if (payout == NULL || payout->count == 0)
		return false;
	ask_stripe(job, payout, &reply);
	done = settle(job, payout, &reply);
	log_event(LOG_LEVEL_INFO, NULL, "payout", "payout", db_value(payout, 0, "id"), "status",
	    done == NULL ? NULL : db_value(done, 0, "status"), NULL);
	return done != NULL;
}
