/*
 * Backfill of events that no webhook brought: reads Stripe's list of the last 30
 * days at the start and every few minutes, newest event first.
 */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/json/json.h"
#include "core/stripe/event_in.h"
#include "stripe_events/list_reading.h"
#include "stripe_events/stripe_events.h"

static const struct db_stmt claim_stmt = { "stripe_events.backfill_claim",
	"select stripe_account, from_s, after, pages"
	" from stripe_events.backfill_claim($1, $2::int, $3::int, $4::int, $5::text[])",
	5, 0 };
const struct db_stmt *const stripe_events_backfill_job_stmts[] = { &claim_stmt,
	&list_reading_advance_stmt, &list_reading_finish_stmt, &list_reading_restart_stmt,
	&list_reading_fail_stmt, &list_reading_report_stmt, &list_reading_clock_stmt,
	&stripe_events_event_receive_stmt, NULL };

/* Parameters of stripe_events.event_receive. */
#define COLUMNS 9

static bool
add(struct list_objects *objects, const struct stripe_element *element, const struct json *json,
    const char **why)
{
	struct arena *arena = objects->job->arena;
	struct stripe_event event;

	if (!stripe_event_read(arena, json, &event, why))
		return false;
	list_objects_add(objects,
	    (const struct db_param[]) { db_text(objects->stripe_account),
		db_text(arena_strdup(arena, event.id)), db_text(arena_strdup(arena, event.type)),
		db_text(arena_strdup(arena, event.account)), db_bool(event.livemode),
		db_int(arena, event.created_s), db_text(arena_strdup(arena, event.api_version)),
		db_text(arena_strdup(arena, event.object_id)), db_text(element->text) },
	    COLUMNS);
	return true;
}

/* Of another application's objects, or of such that we do not use. */
static bool
unused(const struct job *job, const struct stripe_element *element)
{
	return element->type != NULL &&
	    !stripe_events_event_is_used(job, stripe_event_snapshot_type(element->type));
}

static struct db_step
store(const struct list_objects *objects)
{
	struct db_param params[COLUMNS];

	db_columns(objects->job->arena, objects->rows, objects->count, COLUMNS, params);
	return db_step_keep(objects->job->arena, &stripe_events_event_receive_stmt, params);
}

bool
stripe_events_backfill_job(struct job *job)
{
	const struct list_reading events = {
		.list = "events",
		.claim = &claim_stmt,
		.interval_s = job->conf->backfill_interval_s,
		.days = job->conf->backfill_days,
		.read = stripe_event_page,
		.add = add,
		.unused = unused,
		.store = store,
	};

	return list_reading_turn(job, &events);
}
