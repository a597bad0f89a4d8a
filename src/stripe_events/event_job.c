/*
 * Stored events of Stripe, applied in one transaction each.  They come at least
 * once and in any order: a PaymentIntent's event tells its state and only moves
 * it forward; everything else is read again from Stripe, so that the newest
 * state is applied whichever event came last.
 */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/event_in.h"
#include "core/stripe/stripe.h"
#include "jobs/intent.h"
#include "jobs/kinds.h"
#include "jobs/stmt.h"

/* Events of one claim; each is applied and committed alone, as many as the lease has time for. */
#define BATCH 10

/* One claimed event. */
struct claimed {
	const char *id;
	int64_t attempts;
	struct stripe_event event;
};

typedef void event_apply(struct job *job, const struct claimed *claimed);

static event_apply apply_intent;
static event_apply apply_refund;
static event_apply apply_dispute;
static event_apply apply_transfer;
static event_apply apply_account;
static event_apply apply_deauthorized;

/* clang-format off */
static const struct handled {
	const char *type;	/* "x.*" = every event under x */
	bool connect;		/* of a connected account, else of the platform; the other kind is ignored */
	bool asks;		/* reads the object again from Stripe */
	event_apply *apply;
} handled[] = {
	{ "payment_intent.*",                 false, false, apply_intent },
	{ "charge.refunded",                  false, true,  apply_refund },
	{ "refund.*",                         false, true,  apply_refund },
	{ "charge.dispute.*",                 false, true,  apply_dispute },
	{ "transfer.*",                       false, true,  apply_transfer },
	{ "account.updated",                  true,  true,  apply_account },
	{ "account.external_account.*",       true,  true,  apply_account },
	{ "capability.updated",               true,  true,  apply_account },
	{ "account.application.deauthorized", true,  false, apply_deauthorized },
};
/* clang-format on */

static void
finish(struct job *job, const char *id, const char *state, const char *note)
{
	if (job_sql(job, &jobs_stmts[STMT_STRIPE_EVENT_FINISH],
	    DB_PARAMS(db_text(id), db_text(state), db_text(note))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL, "event left to its lease", "event", id, NULL);
}

/* Not applied, and not lost: it comes again after the kind's delay. */
static void
retry(struct job *job, const struct claimed *claimed, const char *why)
{
	if (job_sql(job, &jobs_stmts[STMT_STRIPE_EVENT_RETRY],
	    DB_PARAMS(db_text(claimed->id), job_delay(job, claimed->attempts),
	    db_text(why))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL, "event left to its lease", "event", claimed->id,
		    NULL);
}

static void
apply_intent(struct job *job, const struct claimed *claimed)
{
	if (!intent_apply(job, claimed->id, claimed->event.object, claimed->event.created_s))
		retry(job, claimed, "not applied: see the log");
}

/* What the database made of it; NULL = it did not take it. */
static void
applied(struct job *job, const struct claimed *claimed, const struct db_rows *rows)
{
	if (rows == NULL) {
		retry(job, claimed, "not applied: see the log");
		return;
	}
	log_event(LOG_LEVEL_INFO, NULL, "event applied", "event", claimed->id, "type",
	    claimed->event.type, "outcome", db_value(rows, 0, "outcome"), NULL);
}

/* What Stripe was asked for did not come: later again, unless Stripe says that it does not exist. */
static void
not_read(struct job *job, const struct claimed *claimed, const struct stripe_reply *reply)
{
	if (reply->result == STRIPE_REFUSED)
		finish(job, claimed->id, "failed", reply->message);
	else
		retry(job, claimed, reply->message);
}

static void
apply_refund(struct job *job, const struct claimed *claimed)
{
	const char *intent = json_text(json_get(claimed->event.object, "payment_intent"));
	struct stripe_reply reply;
	struct stripe stripe;

	if (intent == NULL || !stripe_id_valid(intent)) {
		finish(job, claimed->id, "ignored", "refund of no payment intent");
		return;
	}
	stripe_init(&stripe, job->conf, job->arena, NULL);
	if (stripe_refund_list(&stripe, intent, &reply) != STRIPE_OK) {
		not_read(job, claimed, &reply);
		return;
	}
	applied(job, claimed, job_sql(job, &jobs_stmts[STMT_REFUNDS_APPLY],
	    DB_PARAMS(db_text(claimed->id), db_text(intent),
	    db_text(json_print(job->arena, json_get(reply.object, "data"))))));
}

static void
apply_dispute(struct job *job, const struct claimed *claimed)
{
	const char *id = claimed->event.object_id;
	struct stripe_reply reply;
	struct stripe stripe;

	if (id == NULL || !stripe_id_valid(id)) {
		finish(job, claimed->id, "ignored", "no dispute id");
		return;
	}
	stripe_init(&stripe, job->conf, job->arena, NULL);
	if (stripe_dispute_get(&stripe, id, &reply) != STRIPE_OK) {
		not_read(job, claimed, &reply);
		return;
	}
	applied(job, claimed, job_sql(job, &jobs_stmts[STMT_DISPUTE_APPLY],
	    DB_PARAMS(db_text(claimed->id), db_text(json_print(job->arena, reply.object)))));
}

static void
apply_transfer(struct job *job, const struct claimed *claimed)
{
	const char *id = claimed->event.object_id;
	struct stripe_reply reply;
	struct stripe stripe;

	if (id == NULL || !stripe_id_valid(id)) {
		finish(job, claimed->id, "ignored", "no transfer id");
		return;
	}
	stripe_init(&stripe, job->conf, job->arena, NULL);
	if (stripe_transfer_get(&stripe, id, &reply) != STRIPE_OK) {
		not_read(job, claimed, &reply);
		return;
	}
	applied(job, claimed, job_sql(job, &jobs_stmts[STMT_TRANSFER_APPLY],
	    DB_PARAMS(db_text(claimed->id), db_text(json_print(job->arena, reply.object)))));
}

/* Whatever changed of a connected account, its owner is read as it is now. */
static void
apply_account(struct job *job, const struct claimed *claimed)
{
	int64_t asked_ms = clock_unix_ms();
	struct stripe_reply reply;
	struct stripe stripe;

	stripe_init(&stripe, job->conf, job->arena, NULL);
	if (stripe_account_get(&stripe, claimed->event.account, &reply) != STRIPE_OK) {
		not_read(job, claimed, &reply);
		return;
	}
	applied(job, claimed, job_sql(job, &jobs_stmts[STMT_ACCOUNT_APPLY],
	    DB_PARAMS(db_text(claimed->id), db_text(json_print(job->arena, reply.object)),
	    db_int(job->arena, asked_ms))));
}

/* It left our platform, so it cannot be read; the object is the application, not the account. */
static void
apply_deauthorized(struct job *job, const struct claimed *claimed)
{
	applied(job, claimed, job_sql(job, &jobs_stmts[STMT_ACCOUNT_DEAUTHORIZE],
	    DB_PARAMS(db_text(claimed->id), db_text(claimed->event.account),
	    db_int(job->arena, claimed->event.created_s))));
}

static const struct handled *
handled_by(const char *type)
{
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++) {
		size_t len = strlen(handled[i].type);

		if (handled[i].type[len - 1] == '*' ?
		    strncmp(type, handled[i].type, len - 1) == 0 :
		    strcmp(type, handled[i].type) == 0)
			return &handled[i];
	}
	return NULL;
}

/* Test money buys nothing on a live system, nor the other way round; restricted keys are rk_… */
static bool
is_of_other_mode(const struct job *job, const struct stripe_event *event)
{
	const char *key = job->conf->stripe_secret_key;

	return key != NULL && event->livemode != (strncmp(key, "sk_live_", 8) == 0 ||
	    strncmp(key, "rk_live_", 8) == 0);
}

static void
apply(struct job *job, const struct db_rows *rows, int row)
{
	struct claimed claimed = {
		.id = db_value(rows, row, "id"),
		.attempts = db_value_int(rows, row, "attempts"),
	};
	const char *payload = db_value(rows, row, "payload");
	const char *why = NULL;
	const struct handled *how;

	if (!stripe_event_parse(job->arena, payload, strlen(payload), &claimed.event, &why)) {
		finish(job, claimed.id, "failed", why);
		return;
	}
	how = handled_by(claimed.event.type);
	if (how == NULL)
		finish(job, claimed.id, "ignored", NULL);
	else if (how->connect != (claimed.event.account != NULL))
		finish(job, claimed.id, "ignored", how->connect ? "of no connected account" :
		    "of a connected account");
	else if (is_of_other_mode(job, &claimed.event))
		finish(job, claimed.id, "ignored", "its livemode is not that of our key");
	else if (how->asks && job->conf->stripe_secret_key == NULL)
		retry(job, &claimed, "stripe_secret_key_file is not configured");
	else
		how->apply(job, &claimed);
}

bool
stripe_event_run(struct job *job)
{
	const struct db_rows *rows = job_sql(job, &jobs_stmts[STMT_STRIPE_EVENT_CLAIM],
	    DB_PARAMS(job_holder(job), job_lease(job), db_int(job->arena, BATCH)));

	if (rows == NULL)
		return false;
	for (int row = 0; row < rows->count; row++) {
		if (row > 0 && !job_goes_on(job))
			break;
		apply(job, rows, row);
	}
	return rows->count > 0;
}
