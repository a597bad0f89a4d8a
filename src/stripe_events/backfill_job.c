/*
 * Backfill of events that no webhook brought: reads Stripe's list of the last 30
 * days at the start and hourly, newest event first.  A turn reads one page and
 * stores its events together with the cursor.  So an interrupted reading continues
 * after its last page, in whichever process claims it.
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
#include "stripe_events/stripe_events.h"

static const struct db_stmt claim_stmt = { "stripe_events.backfill_claim",
	"select from_s, after, pages from stripe_events.backfill_claim($1, $2::int, $3::int)", 3,
	0 };
static const struct db_stmt advance_stmt = { "stripe_events.backfill_advance",
	"select stripe_events.backfill_advance($1, $2::bigint, $3) as held", 3, 0 };
static const struct db_stmt finish_stmt = { "stripe_events.backfill_finish",
	"select stripe_events.backfill_finish($1)", 1, 0 };
static const struct db_stmt restart_stmt = { "stripe_events.backfill_restart",
	"select stripe_events.backfill_restart($1)", 1, 0 };
const struct db_stmt *const stripe_events_backfill_job_stmts[] = { &claim_stmt, &advance_stmt,
	&finish_stmt, &restart_stmt, &stripe_events_event_receive_stmt, NULL };

/* Ends a reading after a million events, for a list that does not end. */
#define PAGES_MAX 10000
#define DAY_S 86400
/* Parameters of stripe_events.event_receive. */
#define COLUMNS 8

/* The position of the reading, from stripe_events.backfill_claim(). */
struct reading {
	int64_t from_s;
	const char *after; /* cursor; NULL = the first page */
	int64_t pages;     /* read before this one */
};

static const struct db_param *
row(struct arena *arena, const struct stripe_event *event, const struct json *json)
{
	const struct db_param values[COLUMNS] = { db_text(event->id), db_text(event->type),
		db_text(event->account), db_bool(event->livemode), db_int(arena, event->created_s),
		db_text(event->api_version), db_text(event->object_id),
		db_text(json_print(arena, json)) };

	return memcpy(arena_alloc(arena, sizeof(values)), values, sizeof(values));
}

/* The events of a page as parameters; a malformed one is skipped. */
static void
read_events(struct job *job, const struct json *data, struct db_param params[COLUMNS])
{
	size_t listed = json_length(data), count = 0;
	const struct db_param **rows = arena_alloc(job->arena, (listed + 1) * sizeof(*rows));

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
}

/* The cursor of the next page: the last event of this one; NULL = this page is the last. */
static const char *
next_cursor(const struct reading *reading, const struct stripe_page *page)
{
	if (!page->has_more)
		return NULL;
	if (reading->pages + 1 < PAGES_MAX)
		return page->last_id;
	log_event(LOG_LEVEL_ERROR, NULL, "event list too long, its oldest part is not read",
	    "cursor", page->last_id, NULL);
	return NULL;
}

/* Stores events and cursor in one transaction; false = there is no next page to read. */
static bool
store(struct job *job, const struct reading *reading, const struct stripe_page *page)
{
	const char *after = next_cursor(reading, page);
	struct db_param events[COLUMNS];
	const struct db_step steps[] = {
		{ .stmt = &stripe_events_event_receive_stmt, .params = events },
		{ .stmt = after == NULL ? &finish_stmt : &advance_stmt,
		    .params = DB_PARAMS(job_holder(job), db_int(job->arena, reading->from_s),
			db_text(after)) },
	};
	const struct db_rows *done;

	read_events(job, page->data, events);
	done = job_steps(job, steps, 2);
	if (done == NULL || after == NULL)
		return false;
	if (db_value_bool(done, 0, "held"))
		return true;
	log_event(LOG_LEVEL_INFO, NULL, "another process reads the event list", NULL);
	return false;
}

/* Logs a failed read.  It is tried again when the lease ends; a refused cursor is dropped. */
static void
not_read(struct job *job, const struct reading *reading, const struct stripe_reply *reply)
{
	log_event(LOG_LEVEL_WARN, NULL, "event list not read", "error", reply->message, "cursor",
	    reading->after, NULL);
	if (reply->result == STRIPE_REFUSED && reading->after != NULL &&
	    job_sql(job, &restart_stmt, DB_PARAMS(job_holder(job))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL,
		    "cursor that Stripe refused not reset, tried again later", NULL);
}

/* A new reading begins at the start of the last one, but not before what Stripe keeps. */
static int64_t
list_start(const struct job *job, const struct db_rows *claim)
{
	int64_t oldest_s = clock_unix_s() - job->conf->backfill_days * DAY_S;
	int64_t from_s;

	if (db_value(claim, 0, "from_s") == NULL)
		return oldest_s;
	from_s = db_value_int(claim, 0, "from_s");
	return from_s > oldest_s || db_value(claim, 0, "after") != NULL ? from_s : oldest_s;
}

bool
stripe_events_backfill_job(struct job *job)
{
	const struct db_rows *claim;
	struct reading reading;
	struct stripe_reply reply;
	struct stripe_page page;
	struct stripe stripe;

	if (job->conf->stripe_secret_key == NULL)
		return false;
	claim = job_sql(job, &claim_stmt,
	    DB_PARAMS(job_holder(job), job_lease(job),
		db_int(job->arena, job->conf->backfill_interval_s)));
	if (claim == NULL || claim->count == 0)
		return false;
	reading = (struct reading) { .from_s = list_start(job, claim),
		.after = db_value(claim, 0, "after"),
		.pages = db_value_int(claim, 0, "pages") };
	stripe_init(&stripe, job->conf, job->arena, NULL);
	if (stripe_event_page(&stripe, reading.from_s, reading.after, &page, &reply) == STRIPE_OK)
		return store(job, &reading, &page);
	not_read(job, &reading, &reply);
	return false;
}
