/* Events that no webhook brought: Stripe's list of the last 30 days is read at the start and hourly. */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/event_in.h"
#include "core/stripe/stripe.h"
#include "jobs/job.h"
#include "jobs/kinds.h"
#include "jobs/stmt.h"

/* A million events: an end for a list that has none. */
#define PAGES_MAX 10000
#define DAY_S 86400
/* Of webhooks.stripe_event_receive. */
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

/* The events of a page in one transaction; false = the database did not take them. */
static bool
store(struct job *job, const struct json *data, const char **last_id)
{
	size_t listed = json_length(data), count = 0;
	const struct db_param **rows = arena_alloc(job->arena, (listed + 1) * sizeof(*rows));
	struct db_param params[COLUMNS];

	for (size_t i = 0; i < listed; i++) {
		struct stripe_event event;
		const char *why = NULL;

		if (stripe_event_read(json_at(data, i), &event, &why)) {
			rows[count++] = row(job->arena, &event, json_at(data, i));
			*last_id = event.id;
		} else {
			log_event(LOG_LEVEL_WARN, NULL, "listed event not understood", "error", why,
			    NULL);
		}
	}
	db_columns(job->arena, rows, count, COLUMNS, params);
	return job_sql(job, &jobs_stmts[STMT_STRIPE_EVENT_RECEIVE], params) != NULL;
}

/* A page of the list; *cursor moves on and is NULL after the last one.  False = stop, and try again later. */
static bool
page(struct job *job, int64_t from_s, const char **cursor)
{
	struct stripe_reply reply;
	struct stripe stripe;
	const struct json *data;
	bool more = false;

	stripe_init(&stripe, job->conf, job->arena, NULL);
	if (stripe_event_list(&stripe, from_s, *cursor, &reply) != STRIPE_OK) {
		log_event(LOG_LEVEL_WARN, NULL, "event list not read", "error", reply.message,
		    NULL);
		return false;
	}
	data = json_get(reply.object, "data");
	*cursor = NULL;
	if (!store(job, data, cursor))
		return false;
	if (!json_bool(json_get(reply.object, "has_more"), &more) || !more)
		*cursor = NULL;
	return true;
}

/* Where the last reading began, but never before what Stripe keeps. */
static int64_t
list_start(const struct job *job, const struct db_rows *claim)
{
	int64_t oldest_s = clock_unix_s() - job->conf->backfill_days * DAY_S;
	int64_t from_s;

	if (db_value(claim, 0, "from_s") == NULL)
		return oldest_s;
	from_s = db_value_int(claim, 0, "from_s");
	return from_s > oldest_s ? from_s : oldest_s;
}

/* The list may be long: each page lives in an arena of its own, and its cursor until the next one is read. */
static bool
list(struct job *job, int64_t from_s)
{
	struct arena *outer = job->arena;
	struct arena pages[2];
	const char *cursor = NULL;
	bool good = true;
	int n;

	arena_init(&pages[0]);
	arena_init(&pages[1]);
	for (n = 0; good && n < PAGES_MAX && (n == 0 || cursor != NULL); n++) {
		job->arena = &pages[n % 2];
		arena_reset(job->arena);
		good = page(job, from_s, &cursor);
	}
	if (good && cursor != NULL)
		log_event(LOG_LEVEL_ERROR, NULL, "event list too long, its oldest part is not read",
		    "cursor", cursor, NULL);
	job->arena = outer;
	arena_release(&pages[0]);
	arena_release(&pages[1]);
	return good;
}

bool
backfill_run(struct job *job)
{
	const struct db_rows *claim;

	if (job->conf->stripe_secret_key == NULL)
		return false;
	claim = job_sql(job, &jobs_stmts[STMT_BACKFILL_CLAIM],
	    DB_PARAMS(job_holder(job), job_lease(job),
	    db_int(job->arena, job->conf->backfill_interval_s)));
	if (claim == NULL || claim->count == 0)
		return false;
	if (!list(job, list_start(job, claim)))
		return false;
	if (job_sql(job, &jobs_stmts[STMT_BACKFILL_FINISH], DB_PARAMS(job_holder(job))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL, "backfill left to its lease", NULL);
	return false;
}
