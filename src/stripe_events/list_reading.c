/* Bookmarks of Stripe's lists: claim, read a page, store it, move the bookmark. */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "stripe_events/list_reading.h"

const struct db_stmt list_reading_advance_stmt = { "stripe_events.bookmark_advance",
	"select stripe_events.bookmark_advance($1, $2, $3::bigint, $4) as held", 4, 0 };
const struct db_stmt list_reading_finish_stmt = { "stripe_events.bookmark_finish",
	"select stripe_events.bookmark_finish($1, $2, $3::bigint)", 3, 0 };
const struct db_stmt list_reading_restart_stmt = { "stripe_events.bookmark_restart",
	"select stripe_events.bookmark_restart($1, $2)", 2, 0 };
const struct db_stmt list_reading_fail_stmt = { "stripe_events.bookmark_fail",
	"select stripe_events.bookmark_fail($1, $2, $3, $4::bool)", 4, 0 };

/* Transfers wait for a list that was not read for 15 minutes (stripe_events.lists_unread). */
#define INTERVAL_MAX_S 600
/* A reading of more pages fails, for a list that does not end: ten million objects. */
#define PAGES_MAX 100000

/* The position of the reading, from the claim. */
struct position {
	int64_t from_s;
	const char *after; /* cursor; NULL = the first page */
	int64_t pages;     /* read before this one */
};

static void
record_failure(struct job *job, const struct list_reading *list, const char *error, bool refused)
{
	log_event(LOG_LEVEL_WARN, NULL, "list not read", "list", list->list, "error", error, NULL);
	if (job_sql(job, &list_reading_fail_stmt,
		DB_PARAMS(db_text(list->list), job_holder(job), db_text(error),
		    db_bool(refused))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL, "failed reading not recorded", "list", list->list,
		    NULL);
}

/* Stores objects and cursor in one transaction; false = there is no next page to read. */
static bool
store(struct job *job, const struct list_reading *list, const struct position *position,
    const struct stripe_page *page)
{
	const char *after = page->has_more ? page->last_id : NULL;
	const struct db_param *moved = DB_PARAMS(db_text(list->list), job_holder(job),
	    db_int(job->arena, position->from_s), db_text(after));
	const struct db_step steps[] = { list->store(job, page->data),
		{ .stmt = after == NULL ? &list_reading_finish_stmt : &list_reading_advance_stmt,
		    .params = moved } };
	const struct db_rows *done;

	if (page->has_more && (after == NULL || position->pages + 1 >= PAGES_MAX)) {
		record_failure(job, list, "the list does not end", false);
		return false;
	}
	done = job_steps(job, steps, 2);
	if (done == NULL || after == NULL)
		return false;
	if (db_value_bool(done, 0, "held"))
		return true;
	log_event(LOG_LEVEL_INFO, NULL, "another process reads the list", "list", list->list, NULL);
	return false;
}

/* Records a failed read, to be tried again; a cursor that Stripe refused is dropped first. */
static void
not_read(struct job *job, const struct list_reading *list, const struct position *position,
    const struct stripe_reply *reply)
{
	if (reply->result == STRIPE_REFUSED && position->after != NULL &&
	    job_sql(job, &list_reading_restart_stmt,
		DB_PARAMS(db_text(list->list), job_holder(job))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL,
		    "cursor that Stripe refused not reset, tried again later", "list", list->list,
		    NULL);
	record_failure(job, list, reply->message, reply->result == STRIPE_RIGHTS);
}

bool
list_reading_turn(struct job *job, const struct list_reading *list)
{
	const struct db_rows *claim;
	struct position position;
	struct stripe_reply reply;
	struct stripe_page page;
	struct stripe stripe;

	if (job->conf->stripe_secret_key == NULL)
		return false;
	claim = job_sql(job, list->claim,
	    DB_PARAMS(job_holder(job), job_lease(job),
		db_int(job->arena,
		    list->interval_s < INTERVAL_MAX_S ? list->interval_s : INTERVAL_MAX_S)));
	if (claim == NULL || claim->count == 0)
		return false;
	position = (struct position) { .after = db_value(claim, 0, "after"),
		.pages = db_value_int(claim, 0, "pages") };
	if (db_value(claim, 0, "from_s") != NULL)
		position.from_s = db_value_int(claim, 0, "from_s");
	if (position.after == NULL && position.from_s < list->oldest_s)
		position.from_s = list->oldest_s;
	stripe_init(&stripe, job->conf, job->arena, NULL);
	if (list->read(&stripe, position.from_s, position.after, &page, &reply) == STRIPE_OK)
		return store(job, list, &position, &page);
	not_read(job, list, &position, &reply);
	return false;
}
