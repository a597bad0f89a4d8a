/*
 * Backfill of events that no webhook brought: reads Stripe's list of the last 30
 * days at the start and every few minutes, newest event first.
 */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/event_in.h"
#include "stripe_events/list_reading.h"
#include "stripe_events/stripe_events.h"

static const struct db_stmt claim_stmt = { "stripe_events.backfill_claim",
	"select from_s, after, pages from stripe_events.backfill_claim($1, $2::int, $3::int)", 3,
	0 };
const struct db_stmt *const stripe_events_backfill_job_stmts[] = { &claim_stmt,
	&list_reading_advance_stmt, &list_reading_finish_stmt, &list_reading_restart_stmt,
	&list_reading_fail_stmt, &stripe_events_event_receive_stmt, NULL };

#define DAY_S 86400
/* Parameters of stripe_events.event_receive. */
#define COLUMNS 8

static const struct db_param *
row(struct arena *arena, const struct stripe_event *event, const struct json *json)
{
	const struct db_param values[COLUMNS] = { db_text(event->id), db_text(event->type),
		db_text(event->account), db_bool(event->livemode), db_int(arena, event->created_s),
		db_text(event->api_version), db_text(event->object_id),
		db_text(json_print(arena, json)) };

	return memcpy(arena_alloc(arena, sizeof(values)), values, sizeof(values));
}

/* The events of a page; a malformed one is skipped. */
static struct db_step
store(struct job *job, const struct json *data)
{
	size_t listed = json_length(data), count = 0;
	const struct db_param **rows = arena_alloc(job->arena, (listed + 1) * sizeof(*rows));
	struct db_param *params = arena_alloc(job->arena, COLUMNS * sizeof(*params));

	for (size_t i = 0; i < listed; i++) {
		struct stripe_event event;
		const char *why = NULL;

		if (stripe_event_read(json_at(data, i), &event, &why))
			rows[count++] = row(job->arena, &event, json_at(data, i));
		else
			log_event(LOG_LEVEL_WARN, NULL, "malformed event in Stripe's list skipped",
			    "error", why, NULL);
	}
	db_columns(job->arena, rows, count, COLUMNS, params);
	return (struct db_step) { .stmt = &stripe_events_event_receive_stmt, .params = params };
}

bool
stripe_events_backfill_job(struct job *job)
{
	const struct list_reading events = {
		.list = "events",
		.claim = &claim_stmt,
		.interval_s = job->conf->backfill_interval_s,
		.oldest_s = clock_unix_s() - job->conf->backfill_days * DAY_S,
		.read = stripe_event_page,
		.store = store,
	};

	return list_reading_turn(job, &events);
}
