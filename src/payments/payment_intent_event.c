/* Applies the state of a PaymentIntent, from an event or read again from Stripe. */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/money.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "payments/payments.h"

static const struct db_stmt apply_stmt = { "payments.payment_intent_event",
	"select payments.payment_intent_event($1, $2, $3::jsonb, $4, $5::bigint, $6::bigint, $7,"
	" $8::bigint, $9, $10, $11, $12) as outcome",
	12, 0 };
const struct db_stmt *const payments_payment_intent_event_stmts[] = { &apply_stmt, NULL };

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

bool
payments_payment_intent_apply(struct job *job, const char *event_id, const struct json *intent,
    int64_t created_s)
{
	const struct db_rows *rows = job_sql(job, &apply_stmt,
	    DB_PARAMS(db_text(event_id), text(intent, "id"), metadata(job, intent),
		text(intent, "status"), amount(job, intent, "amount"),
		amount(job, intent, "amount_received"), text(intent, "currency"),
		db_int(job->arena, created_s), text(intent, "last_payment_error.code"),
		text(intent, "last_payment_error.message"), text(intent, "client_secret"),
		failure_id(job, intent)));

	if (rows == NULL)
		return false;
	job_wake_jobs(job);
	log_event(LOG_LEVEL_INFO, NULL, "payment intent seen", "event", event_id, "intent",
	    json_text(json_get(intent, "id")), "status", json_text(json_get(intent, "status")),
	    "outcome", db_value(rows, 0, "outcome"), NULL);
	return true;
}

/* The event's own state is applied: SQL only moves a payment forward. */
void
payments_payment_intent_event(struct job *job, const struct event *event)
{
	if (!payments_payment_intent_apply(job, event->id, event->content.object,
		event->content.created_s))
		event_retry(job, event, "not applied: see the log of purser-jobs");
}
