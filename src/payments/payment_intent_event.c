/* Applies the state of a PaymentIntent, from an event or read again from Stripe. */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/money.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "payments/payments.h"

static const struct db_stmt apply_stmt = { "payments.payment_intent_event",
	"select payments.payment_intent_event($1, $2, $3::jsonb, $4, $5::bigint, $6::bigint, $7,"
	" $8::bigint, $9, $10, $11, $12, $13::boolean) as outcome",
	13, 0 };
static const struct db_stmt known_stmt = { "payments.intent_known",
	"select payments.intent_known($1, $2) as known", 2, 0 };
const struct db_stmt *const payments_payment_intent_event_stmts[] = { &apply_stmt, &known_stmt,
	NULL };

/* An amount of Stripe's as a parameter; SQL null when it is missing or malformed. */
static struct db_param
amount(struct job *job, const struct json *intent, const char *name)
{
	int64_t n;

	if (!json_int(json_get(intent, name), 0, MONEY_MAX, &n))
		return db_text(NULL);
	return db_int(job->arena, n);
}

static struct db_param
text(const struct json *intent, const char *path)
{
	return db_text(json_text(json_path(intent, path)));
}

/* SQL null when there is none. */
static struct db_param
metadata(struct job *job, const struct json *intent)
{
	const struct json *object = json_get(intent, "metadata");

	return db_text(object == NULL ? NULL : json_print(job->arena, object));
}

/*
 * What tells a failure from the others of its intent, in an event as in a reading: its charge, else
 * the payment method that was tried; SQL null = neither.
 */
static struct db_param
failure_id(struct job *job, const struct json *intent)
{
	const char *charge = json_text(json_path(intent, "last_payment_error.charge"));
	const char *code = json_text(json_path(intent, "last_payment_error.code"));
	const char *method = json_text(json_path(intent, "last_payment_error.payment_method.id"));

	if (charge != NULL || code == NULL || method == NULL)
		return db_text(charge);
	return db_text(arena_printf(job->arena, "%s:%s", method, code));
}

/* The outcome, NULL = the statement failed; `read` = the intent was read from Stripe now. */
static const char *
apply(struct job *job, const char *tenant, const char *event_id, const struct json *intent,
    int64_t created_s, bool read)
{
	const struct db_rows *rows = job_sql_as(job, tenant, "", &apply_stmt,
	    DB_PARAMS(db_text(event_id), text(intent, "id"), metadata(job, intent),
		text(intent, "status"), amount(job, intent, "amount"),
		amount(job, intent, "amount_received"), text(intent, "currency"),
		db_int(job->arena, created_s), text(intent, "last_payment_error.code"),
		text(intent, "last_payment_error.message"), text(intent, "client_secret"),
		failure_id(job, intent), db_bool(read)));
	const char *outcome = rows == NULL ? NULL : db_value(rows, 0, "outcome");

	if (outcome == NULL || strcmp(outcome, "unread") == 0)
		return outcome;
	job_wake_jobs(job);
	log_event(LOG_LEVEL_INFO, NULL, "payment intent seen", "event", event_id, "intent",
	    json_text(json_get(intent, "id")), "status", json_text(json_get(intent, "status")),
	    "outcome", outcome, NULL);
	return outcome;
}

const char *
payments_payment_intent_apply(struct job *job, const char *tenant, const struct json *intent)
{
	return apply(job, tenant, NULL, intent, 0, true);
}

/*
 * The event's own state is applied, since SQL only moves a payment forward; but money is booked
 * from what Stripe says now.
 */
void
payments_payment_intent_event(struct job *job, const struct event *event)
{
	const struct stripe_event *content = &event->content;
	const char *outcome =
	    apply(job, event->tenant, event->id, content->object, content->created_s, false);
	struct stripe_reply reply;

	if (outcome != NULL && strcmp(outcome, "unread") == 0) {
		if (!event_read(job, event, stripe_payment_intent_get, content->object_id, &reply))
			return;
		outcome =
		    apply(job, event->tenant, event->id, reply.object, content->created_s, true);
	}
	if (outcome == NULL)
		event_retry(job, event, "not applied: see the log of purser-jobs");
}

const char *
payments_payment_intent_of(const struct json *object)
{
	const struct json *intent = json_get(object, "payment_intent");
	const char *id = json_text(intent);

	return id != NULL ? id : json_text(json_get(intent, "id"));
}

/*
 * The PaymentIntent in an object that was read from Stripe, else read now; NULL = the event is
 * ended.
 */
static const struct json *
read_intent(struct job *job, const struct event *event, const struct json *object, const char *id)
{
	const struct json *intent = json_get(object, "payment_intent");
	struct stripe_reply reply;

	if (json_type(intent) == JSON_OBJECT && (object != event->content.object || event->is_read))
		return intent;
	return event_read(job, event, stripe_payment_intent_get, id, &reply) ? reply.object : NULL;
}

/* Whose it is is known from its metadata; one of ours is applied.  False = the event is ended. */
static bool
apply_unknown(struct job *job, const struct event *event, const struct json *object)
{
	const char *id = payments_payment_intent_of(object);
	const struct json *intent;
	const char *outcome;

	if (id == NULL || !stripe_id_valid(id)) {
		event_finish(job, event, "stranger", "of no payment intent");
		return false;
	}
	intent = read_intent(job, event, object, id);
	if (intent == NULL)
		return false;
	outcome = payments_payment_intent_apply(job, event->tenant, intent);
	if (outcome == NULL)
		event_retry(job, event, "not applied: see the log of purser-jobs");
	else if (strcmp(outcome, "stranger") == 0)
		event_finish(job, event, "stranger", "of another application or installation");
	return outcome != NULL && strcmp(outcome, "stranger") != 0;
}

bool
payments_payment_intent_is_ours(struct job *job, const struct event *event,
    const struct json *object, const char *dispute)
{
	const struct db_rows *rows = event_sql(job, event, &known_stmt,
	    DB_PARAMS(db_text(payments_payment_intent_of(object)), db_text(dispute)));

	if (rows == NULL) {
		event_retry(job, event, "not applied: see the log of purser-jobs");
		return false;
	}
	return db_value_bool(rows, 0, "known") || apply_unknown(job, event, object);
}
