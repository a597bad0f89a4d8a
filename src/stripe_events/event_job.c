/*
 * Applies stored events of Stripe, each in one transaction.  Stripe delivers events
 * at least once and in any order.  A PaymentIntent's event carries its state, which
 * only moves forward; what moves money, and every other object, is read again from
 * Stripe.  So the newest state is applied whatever the order.
 */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/log.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/module/module.h"
#include "core/stripe/stripe.h"
#include "stripe_events/event.h"
#include "stripe_events/stripe_events.h"

/* Maximum of events in a claim; each is applied and committed alone while the lease lasts. */
#define BATCH 10

static const struct db_stmt claim_stmt = { "stripe_events.event_claim",
	"select stripe_account, tenant_id, id, type, account, livemode, created_s, payload,"
	" attempts from stripe_events.event_claim($1, $2::int, $3::int)",
	3, 0 };
static const struct db_stmt retry_stmt = { "stripe_events.event_retry",
	"select stripe_events.event_retry($1, $2, $3::int, $4)", 4, 0 };
static const struct db_stmt finish_stmt = { "stripe_events.event_finish",
	"select stripe_events.event_finish($1, $2, $3, $4)", 4, 0 };
static const struct db_stmt release_stmt = { "stripe_events.event_release",
	"select stripe_events.event_release($1) as events", 1, 0 };
const struct db_stmt *const stripe_events_event_job_stmts[] = { &claim_stmt, &retry_stmt,
	&finish_stmt, &release_stmt, NULL };

void
event_finish(struct job *job, const struct event *event, const char *state, const char *note)
{
	if (job_sql(job, &finish_stmt,
		DB_PARAMS(db_text(event->stripe_account), db_text(event->id), db_text(state),
		    db_text(note))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL,
		    "event not updated, claimed again when its lease ends", "event", event->id,
		    NULL);
}

void
event_retry(struct job *job, const struct event *event, const char *why)
{
	if (job_sql(job, &retry_stmt,
		DB_PARAMS(db_text(event->stripe_account), db_text(event->id),
		    db_int(job->arena, job_delay_ms(job, event->attempts)), db_text(why))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL,
		    "event not updated, claimed again when its lease ends", "event", event->id,
		    NULL);
}

const struct db_rows *
event_sql(struct job *job, const struct event *event, const struct db_stmt *stmt,
    const struct db_param *params)
{
	return job_sql_as(job, event->tenant, "", stmt, params);
}

void
event_applied(struct job *job, const struct event *event, const struct db_rows *rows)
{
	if (rows == NULL) {
		event_retry(job, event, "not applied: see the log of purser-jobs");
		return;
	}
	log_event(LOG_LEVEL_INFO, NULL, "event applied", "event", event->id, "type",
	    event->content.type, "outcome", db_value(rows, 0, "outcome"), NULL);
}

bool
event_read(struct job *job, const struct event *event, event_reader *read, const char *id,
    struct stripe_reply *reply)
{
	struct stripe stripe;

	stripe_init(&stripe, job->conf, event->stripe_account, job->arena, NULL);
	if (read(&stripe, id, reply) == STRIPE_OK || reply->result == STRIPE_GONE)
		return true;
	if (reply->result == STRIPE_REFUSED)
		event_finish(job, event, "failed", reply->message);
	else
		event_retry(job, event, reply->message);
	return false;
}

static bool
is_under(const char *type, const char *pattern)
{
	size_t len = strlen(pattern);

	return pattern[len - 1] == '*' ? strncmp(type, pattern, len - 1) == 0 :
					 strcmp(type, pattern) == 0;
}

/* The row for the event type, of any module's table; NULL = ignored. */
static const struct event_type *
applied_by(const struct job *job, const char *type)
{
	for (size_t m = 0; job->modules[m] != NULL; m++) {
		const struct event_type *row = job->modules[m]->events;

		for (; row->type != NULL; row++) {
			if (is_under(type, row->type))
				return row;
		}
	}
	return NULL;
}

bool
stripe_events_event_is_used(const struct job *job, const char *type)
{
	return applied_by(job, type) != NULL;
}

static bool
has(const struct event_type *how, enum event_flag flag)
{
	return (how->flags & flag) != 0;
}

/* Is it an event of test mode on a live system, or the reverse?  NULL = nothing is known. */
static bool
is_of_other_mode(const char *mode, const struct stripe_event *event)
{
	return mode != NULL && event->livemode != (strcmp(mode, "live") == 0);
}

/* What a handler reads in the object of an event, of the types in `under`. */
static const struct related_object {
	const char *under;
	const char *type;
	event_reader *read; /* NULL = the handler reads it itself, by its id */
} related_objects[] = {
	{ "payment_intent.*", "payment_intent", stripe_payment_intent_get },
	{ "charge.refunded", "charge", stripe_charge_get },
	{ "charge.refund.updated", "refund", stripe_refund_get },
	{ "refund.*", "refund", stripe_refund_get },
	{ "charge.dispute.*", "dispute", NULL },
	{ "transfer.*", "transfer", NULL },
};

/*
 * A thin event names its object: reads it, as the snapshot event would have it.  An account is
 * named by the event itself.  False = the event is ended.
 */
static bool
read_related(struct job *job, struct event *event)
{
	struct stripe_event *content = &event->content;
	const struct related_object *row = NULL;
	struct stripe_reply reply;

	for (size_t i = 0; i < sizeof(related_objects) / sizeof(related_objects[0]); i++) {
		if (is_under(content->type, related_objects[i].under))
			row = &related_objects[i];
	}
	if (row == NULL)
		return true;
	if (content->object_id == NULL || content->object_type == NULL ||
	    strcmp(content->object_type, row->type) != 0) {
		event_finish(job, event, "ignored", "it has no related object of this type");
		return false;
	}
	if (row->read == NULL)
		return true;
	if (!event_read(job, event, row->read, content->object_id, &reply))
		return false;
	content->object = reply.object;
	event->is_read = true;
	return true;
}

/* Applies one event, or ends it without an effect. */
static void
apply(struct job *job, const struct db_rows *rows, int row)
{
	struct event event = {
		.stripe_account = db_value(rows, row, "stripe_account"),
		.tenant = db_value(rows, row, "tenant_id"),
		.id = db_value(rows, row, "id"),
		.attempts = db_value_int(rows, row, "attempts"),
	};
	const char *payload = db_value(rows, row, "payload");
	const char *why = NULL;
	const struct event_type *how;
	struct credentials credentials;
	bool is_thin;

	if (!stripe_event_parse(job->arena, payload, strlen(payload), &event.content, &why)) {
		event_finish(job, &event, "failed", why);
		return;
	}
	credentials_get(job->conf->credentials, event.stripe_account, &credentials);
	how = applied_by(job, event.content.type);
	is_thin = event.content.object == NULL;
	if (how == NULL)
		event_finish(job, &event, "unused", NULL);
	else if (has(how, EVENT_CONNECT) != (event.content.account != NULL))
		event_finish(job, &event, "stranger",
		    has(how, EVENT_CONNECT) ? "of no connected account" : "of a connected account");
	else if (is_of_other_mode(credentials.mode, &event.content))
		event_finish(job, &event, "stranger", "its livemode is not that of our key");
	else if ((is_thin || has(how, EVENT_ASKS)) && credentials.secret_key == NULL)
		event_retry(job, &event, "there is no confirmed key for the Stripe account");
	else if (!is_thin || read_related(job, &event))
		how->apply(job, &event);
}

/* Releases the claimed events that the turn does not reach. */
static void
release(struct job *job)
{
	if (job_sql(job, &release_stmt, DB_PARAMS(job_holder(job))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL,
		    "events not released, claimed again when their leases end", NULL);
}

bool
stripe_events_event_job(struct job *job)
{
	const struct db_rows *rows = job_sql(job, &claim_stmt,
	    DB_PARAMS(job_holder(job), job_lease(job), db_int(job->arena, BATCH)));

	if (rows == NULL)
		return false;
	for (int row = 0; row < rows->count; row++) {
		if (row > 0 && !job_goes_on(job)) {
			release(job);
			break;
		}
		apply(job, rows, row);
	}
	return rows->count > 0;
}
