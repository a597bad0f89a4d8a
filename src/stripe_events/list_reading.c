/* Bookmarks of Stripe's lists: claim, read a page, store it, move the bookmark. */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "core/json/json.h"
#include "core/json/json_out.h"
#include "stripe_events/list_reading.h"

const struct db_stmt list_reading_advance_stmt = { "stripe_events.bookmark_advance",
	"select stripe_events.bookmark_advance($1, $2, $3, $4::bigint, $5) as held", 5, 0 };
const struct db_stmt list_reading_finish_stmt = { "stripe_events.bookmark_finish",
	"select stripe_events.bookmark_finish($1, $2, $3, $4::bigint)", 4, 0 };
const struct db_stmt list_reading_restart_stmt = { "stripe_events.bookmark_restart",
	"select stripe_events.bookmark_restart($1, $2, $3)", 3, 0 };
const struct db_stmt list_reading_fail_stmt = { "stripe_events.bookmark_fail",
	"select stripe_events.bookmark_fail($1, $2, $3, $4, $5::bool)", 5, 0 };
const struct db_stmt list_reading_report_stmt = { "stripe_events.element_report",
	"select stripe_events.element_report($1, $2, $3, $4::jsonb)", 4, 0 };
const struct db_stmt list_reading_clock_stmt = { "stripe_events.bookmark_clock",
	"select stripe_events.bookmark_clock($1, $2, $3, $4::bigint, $5::bigint, $6::bigint)", 6,
	0 };

/* Transfers wait for a list that was not read for 15 minutes (stripe_events.lists_unread). */
#define INTERVAL_MAX_S 600
/* A reading of more pages fails, for a list that does not end: ten million objects. */
#define PAGES_MAX 100000
#define REPORT_BYTES (LIMIT_STRIPE_ELEMENTS * 2048)

/* The position of the reading, from the claim. */
struct position {
	const char *stripe_account;
	int64_t from_s;
	const char *after; /* cursor; NULL = the first page */
	int64_t pages;     /* read before this one */
};

/* The elements of a page that are passed, as an array for stripe_events.element_report. */
struct report {
	struct buf text;
	struct json_out out;
	size_t count;
};

/* --- elements ---------------------------------------------------------------- */

void
list_objects_add(struct list_objects *objects, const struct db_param *values, int columns)
{
	size_t bytes = (size_t)columns * sizeof(*values);
	struct arena *arena = objects->job->arena;

	objects->rows[objects->count++] = memcpy(arena_alloc(arena, bytes), values, bytes);
}

/* What an element without an id is known by: the digest of its text. */
static void
digest(const struct stripe_element *element, char hex[2 * CRYPTO_SHA256_BYTES + 1])
{
	unsigned char hash[CRYPTO_SHA256_BYTES];

	hex[0] = '\0';
	if (element->text == NULL)
		return;
	crypto_sha256(element->text, element->bytes, hash);
	text_hex(hash, sizeof(hash), hex);
}

/* An element that is passed: the log and an exception say so. */
static void
report_add(struct report *report, const struct list_reading *list,
    const struct stripe_element *element, const char *why)
{
	char hex[2 * CRYPTO_SHA256_BYTES + 1];

	log_event(LOG_LEVEL_WARN, NULL, "element of Stripe's list passed", "list", list->list, "id",
	    element->id, "type", element->type, "error", why, NULL);
	digest(element, hex);
	json_out_object(&report->out, NULL);
	json_out_text(&report->out, "id", element->id);
	json_out_text(&report->out, "type", element->type);
	json_out_text(&report->out, "error", why);
	json_out_int(&report->out, "bytes", (int64_t)element->bytes);
	json_out_text(&report->out, "sha256", hex[0] == '\0' ? NULL : hex);
	json_out_close(&report->out);
	report->count++;
}

/* Parses an element and adds it to the objects; false = *why it cannot be. */
static bool
add_element(struct list_objects *objects, const struct list_reading *list,
    const struct stripe_element *element, struct arena *scratch, const char **why)
{
	const struct json *json;

	*why = "larger than 512 KiB";
	if (element->text == NULL)
		return false;
	json = json_parse(scratch, element->text, element->bytes, why);
	return json != NULL && list->add(objects, element, json, why);
}

/* Each element has an arena of its own: parsed, a page takes many times its size. */
static void
sort_elements(struct list_objects *objects, struct report *report, const struct list_reading *list,
    const struct stripe_elements *page)
{
	struct arena scratch;

	arena_init(&scratch);
	for (size_t i = 0; i < page->count; i++) {
		const struct stripe_element *element = &page->elements[i];
		const char *why;

		if (!add_element(objects, list, element, &scratch, &why) &&
		    (list->unused == NULL || !list->unused(objects->job, element)))
			report_add(report, list, element, why);
		arena_reset(&scratch);
	}
	arena_release(&scratch);
}

/* --- a page -------------------------------------------------------------------- */

static void
record_failure(struct job *job, const struct list_reading *list, const char *stripe_account,
    const char *error, bool refused)
{
	log_event(LOG_LEVEL_WARN, NULL, "list not read", "list", list->list, "stripe_account",
	    stripe_account, "error", error, NULL);
	if (job_sql(job, &list_reading_fail_stmt,
		DB_PARAMS(db_text(stripe_account), db_text(list->list), job_holder(job),
		    db_text(error), db_bool(refused))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL, "failed reading not recorded", "list", list->list,
		    NULL);
}

static struct db_step
report_step(struct job *job, const struct list_reading *list, const struct position *position,
    struct report *report)
{
	const struct db_param values[] = { db_text(position->stripe_account), db_text(list->list),
		job_holder(job), db_text(report->text.data) };

	json_out_finish(&report->out);
	CHECK(!report->text.overflow);
	return db_step_keep(job->arena, &list_reading_report_stmt, values);
}

/* How long ago Stripe's clock was read is measured by the clock that nobody sets. */
static struct db_step
clock_step(struct job *job, const struct list_reading *list, const struct position *position,
    const struct stripe_clocks *clocks)
{
	int64_t age_ms = clock_monotonic_ms() - clocks->monotonic_ms;
	const struct db_param values[] = { db_text(position->stripe_account), db_text(list->list),
		job_holder(job), db_int(job->arena, clocks->stripe_s * 1000 + 500),
		db_int(job->arena, age_ms), db_int(job->arena, clocks->ahead_ms) };

	return db_step_keep(job->arena, &list_reading_clock_stmt, values);
}

/* The last step of a page: moves the bookmark, or ends the reading. */
static struct db_step
bookmark_step(struct job *job, const struct list_reading *list, const struct position *position,
    const char *after)
{
	const struct db_param values[] = { db_text(position->stripe_account), db_text(list->list),
		job_holder(job), db_int(job->arena, position->from_s), db_text(after) };

	if (after == NULL)
		return db_step_keep(job->arena, &list_reading_finish_stmt, values);
	return db_step_keep(job->arena, &list_reading_advance_stmt, values);
}

/* Stores objects, exceptions and cursor in one transaction. */
static void
store(struct job *job, const struct list_reading *list, const struct position *position,
    const struct stripe_elements *page, const struct stripe_clocks *clocks)
{
	const char *after = page->has_more ? page->last_id : NULL;
	struct list_objects objects = { .job = job, .stripe_account = position->stripe_account };
	struct db_step steps[LIMIT_DB_STEPS];
	const struct db_rows *done;
	struct report report = { 0 };
	size_t n = 0;

	objects.rows = arena_alloc(job->arena, LIMIT_STRIPE_ELEMENTS * sizeof(*objects.rows));
	buf_init(&report.text, job->arena, REPORT_BYTES);
	json_out_init(&report.out, &report.text);
	json_out_array(&report.out, NULL);
	sort_elements(&objects, &report, list, page);
	steps[n++] = list->store(&objects);
	if (report.count > 0)
		steps[n++] = report_step(job, list, position, &report);
	if (clocks->stripe_s != 0)
		steps[n++] = clock_step(job, list, position, clocks);
	steps[n++] = bookmark_step(job, list, position, after);
	done = job_steps(job, steps, n);
	if (done != NULL && after != NULL && !db_value_bool(done, 0, "held"))
		log_event(LOG_LEVEL_INFO, NULL, "another process reads the list", "list",
		    list->list, NULL);
}

/* Records a failed read, to be tried again; a cursor that Stripe refused is dropped first. */
static void
not_read(struct job *job, const struct list_reading *list, const struct position *position,
    const struct stripe_reply *reply)
{
	if (reply->result == STRIPE_REFUSED && position->after != NULL &&
	    job_sql(job, &list_reading_restart_stmt,
		DB_PARAMS(db_text(position->stripe_account), db_text(list->list),
		    job_holder(job))) == NULL)
		log_event(LOG_LEVEL_WARN, NULL,
		    "cursor that Stripe refused not reset, tried again later", "list", list->list,
		    NULL);
	record_failure(job, list, position->stripe_account, reply->message,
	    reply->result == STRIPE_RIGHTS);
}

/* Claims the next page; false = none is due. */
static bool
claim(struct job *job, const struct list_reading *list, struct position *position)
{
	int64_t interval_s = list->interval_s < INTERVAL_MAX_S ? list->interval_s : INTERVAL_MAX_S;
	const struct db_rows *rows = job_sql(job, list->claim,
	    DB_PARAMS(job_holder(job), job_lease(job), db_int(job->arena, interval_s),
		db_int(job->arena, list->days),
		db_text(credentials_keys(job->conf->credentials, job->arena))));

	if (rows == NULL || rows->count == 0)
		return false;
	*position = (struct position) {
		.stripe_account = db_value(rows, 0, "stripe_account"),
		.from_s = db_value_int(rows, 0, "from_s"),
		.after = db_value(rows, 0, "after"),
		.pages = db_value_int(rows, 0, "pages"),
	};
	return true;
}

bool
list_reading_turn(struct job *job, const struct list_reading *list)
{
	struct position position;
	struct stripe_elements page;
	struct stripe_reply reply;
	struct stripe stripe;

	if (!claim(job, list, &position))
		return false;
	stripe_init(&stripe, job->conf, position.stripe_account, job->arena, NULL);
	if (list->read(&stripe, position.from_s, position.after, &page, &reply) != STRIPE_OK)
		not_read(job, list, &position, &reply);
	else if (page.has_more && position.pages + 1 >= PAGES_MAX)
		record_failure(job, list, position.stripe_account, "the list does not end", false);
	else
		store(job, list, &position, &page, &reply.clocks);
	return true; /* the list of another account may be due */
}
