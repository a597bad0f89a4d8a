/*
 * Sends events to the endpoints of clients.
 *
 * One turn of this job lasts while there is something to send.  It keeps many requests under way
 * (core/upstream/sender.h), records those that ended and claims others in one round trip, and
 * does so again when some have ended.  What is under way is leased: when this process dies, the
 * next one sends it again, with the same id.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/crypto/webhook_signature.h"
#include "core/jobs/job.h"
#include "core/upstream/sender.h"
#include "core/upstream/target.h"
#include "webhooks/webhooks.h"

#define ENDPOINT_MAX 10 /* deliveries under way to one endpoint */
#define CLAIM_MAX 200
#define SETTLE_MAX 100
#define SETTLE_COLUMNS 8
/* How long ended attempts wait for others, to be recorded with them. */
#define GATHER_MS 10
/* How often it looks for new deliveries while others are under way. */
#define CLAIM_MS 50
#define STOP_MS 5000 /* how long attempts may go on when the process is to end */
#define FAILURES_MAX 10
#define HEADER_BYTES 8192
#define LABEL "POST webhook"

static const struct db_stmt claim_stmt = { "webhooks.delivery_claim",
	"select tenant_id, id, lease_no, endpoint_id, url, event_id, event_type, header_prefix,"
	" body, secrets"
	" from webhooks.delivery_claim($1, $2::int, $3::int, $4::int, $5, $6)",
	6, 0 };
static const struct db_stmt settle_stmt = { "webhooks.delivery_settle",
	"select webhooks.delivery_settle($1::text[], $2::text[], $3::text[]::int[],"
	" $4::text[]::int[], $5::text[]::int[], $6::text[], $7::text[], $8::text[]::int[])",
	SETTLE_COLUMNS, 0 };
const struct db_stmt *const webhooks_delivery_job_stmts[] = { &claim_stmt, &settle_stmt, NULL };

/* A delivery from its claim until its attempt is recorded. */
struct delivery {
	struct delivery *next;
	struct run *run;
	struct arena memory; /* of the texts */
	const char *tenant;
	const char *id;
	const char *lease_no;
	const char *endpoint;
	struct sender_answer answer;
};

/* What one turn has. */
struct run {
	struct job *job;
	struct sender *sender;
	struct delivery *ended; /* not recorded yet */
	size_t ended_count;
	int64_t settle_ms;                 /* monotonic: when they are to be recorded */
	int64_t claim_ms;                  /* when to claim again */
	char after[2][LIMIT_ID_BYTES + 1]; /* tenant and endpoint that had the last turn */
	int failures;                      /* of the database, one after the other */
	bool more;                         /* the last claim found something */
};

/* --- sending ---------------------------------------------------------------- */

static void
add_header(const char **headers, size_t *count, struct arena *arena, const char *name,
    const char *suffix, const char *value)
{
	headers[(*count)++] = arena_printf(arena, "%s%s: %s", name, suffix, value);
}

/* The signature by Standard Webhooks, and by Stripe's scheme where the api has a name for it. */
static const char *const *
make_headers(struct arena *arena, const struct db_rows *rows, int row,
    const struct webhook_message *message)
{
	const char **headers = arena_zalloc(arena, 9 * sizeof(*headers));
	const char *secrets = db_value(rows, row, "secrets");
	const char *prefix = db_value(rows, row, "header_prefix");
	const char *timestamp = arena_printf(arena, "%" PRId64, message->timestamp_s);
	struct buf signature;
	size_t n = 0;

	if (secrets == NULL)
		secrets = "";
	buf_init(&signature, arena, HEADER_BYTES);
	webhook_sign_standard(&signature, message, secrets);
	headers[n++] = "Content-Type: application/json";
	add_header(headers, &n, arena, "webhook", "-id", message->id);
	add_header(headers, &n, arena, "webhook", "-timestamp", timestamp);
	add_header(headers, &n, arena, "webhook", "-signature", signature.data);
	if (prefix == NULL)
		return headers;
	buf_init(&signature, arena, HEADER_BYTES);
	webhook_sign_stripe(&signature, message, secrets);
	add_header(headers, &n, arena, prefix, "-Event", db_value(rows, row, "event_type"));
	add_header(headers, &n, arena, prefix, "-Delivery", db_value(rows, row, "id"));
	add_header(headers, &n, arena, prefix, "-Timestamp", timestamp);
	add_header(headers, &n, arena, prefix, "-Signature", signature.data);
	return headers;
}

/* Keeps the answer of an ended attempt until it is recorded. */
static void
keep(void *context, const struct sender_answer *answer)
{
	struct delivery *delivery = context;
	struct run *run = delivery->run;

	delivery->answer = *answer;
	delivery->answer.start = arena_strdup(&delivery->memory, answer->start);
	delivery->answer.error = arena_strdup(&delivery->memory, answer->error);
	if (answer->error == NULL && answer->status / 100 != 2)
		delivery->answer.error =
		    arena_printf(&delivery->memory, "the answer was %d", answer->status);
	if (run->ended == NULL)
		run->settle_ms = clock_monotonic_ms() + GATHER_MS;
	delivery->next = run->ended;
	run->ended = delivery;
	run->ended_count++;
}

/* The row of a claim; what the sender copies is made in the job's arena. */
static void
deliver(struct run *run, const struct db_rows *rows, int row)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));
	const char *url = db_value(rows, row, "url");
	const char *body = db_value(rows, row, "body");
	struct webhook_message message = {
		.id = db_value(rows, row, "event_id"),
		.timestamp_s = clock_unix_s(),
		.body = body,
		.body_len = strlen(body),
	};
	const struct sender_call call = {
		.url = url,
		.headers = make_headers(run->job->arena, rows, row, &message),
		.body = body,
		.body_len = message.body_len,
		.timeout_ms = run->job->conf->webhook_timeout_ms,
		.label = LABEL,
		.context = delivery,
	};
	const char *why = target_url_problem(url, run->job->conf->sandbox);

	CHECK(delivery != NULL);
	arena_init(&delivery->memory);
	delivery->run = run;
	delivery->tenant = arena_strdup(&delivery->memory, db_value(rows, row, "tenant_id"));
	delivery->id = arena_strdup(&delivery->memory, db_value(rows, row, "id"));
	delivery->lease_no = arena_strdup(&delivery->memory, db_value(rows, row, "lease_no"));
	delivery->endpoint = arena_strdup(&delivery->memory, db_value(rows, row, "endpoint_id"));
	if (why == NULL)
		sender_add(run->sender, &call);
	else
		keep(delivery,
		    &(struct sender_answer) { .retry_after_s = -1,
			.start = "",
			.error = arena_printf(run->job->arena, "the URL %s", why) });
}

/* --- the database ------------------------------------------------------------- */

static void
log_failure(const struct delivery *delivery)
{
	if (delivery->answer.error != NULL)
		log_event(LOG_LEVEL_INFO, NULL, "webhook not delivered", "tenant", delivery->tenant,
		    "endpoint", delivery->endpoint, "delivery", delivery->id, "error",
		    delivery->answer.error, NULL);
}

static struct db_param *
settle_row(struct arena *arena, const struct delivery *delivery)
{
	const struct sender_answer *answer = &delivery->answer;
	struct db_param *row = arena_alloc(arena, SETTLE_COLUMNS * sizeof(*row));

	row[0] = db_text(delivery->tenant);
	row[1] = db_text(delivery->id);
	row[2] = db_text(delivery->lease_no);
	row[3] = answer->status != 0 ? db_int(arena, answer->status) : db_text(NULL);
	row[4] = db_int(arena, answer->latency_ms);
	row[5] = db_text(answer->error);
	row[6] = db_text(answer->start);
	row[7] = answer->retry_after_s >= 0 ? db_int(arena, answer->retry_after_s) : db_text(NULL);
	return row;
}

/* The step that records up to SETTLE_MAX attempts; *last is the last one of them. */
static struct db_step
settle_step(struct run *run, struct delivery **last)
{
	struct arena *arena = run->job->arena;
	const struct db_param *rows[SETTLE_MAX];
	struct db_param *params = arena_alloc(arena, SETTLE_COLUMNS * sizeof(*params));
	size_t count = 0;

	for (struct delivery *d = run->ended; d != NULL && count < SETTLE_MAX; d = d->next) {
		rows[count++] = settle_row(arena, d);
		*last = d;
	}
	db_columns(arena, rows, count, SETTLE_COLUMNS, params);
	return (struct db_step) { .stmt = &settle_stmt, .params = params };
}

/* Frees the deliveries up to `last`, whose attempts are recorded; NULL = all. */
static void
forget(struct run *run, struct delivery *last)
{
	struct delivery *rest = last == NULL ? NULL : last->next;

	if (last != NULL)
		last->next = NULL;
	while (run->ended != NULL) {
		struct delivery *delivery = run->ended;

		run->ended = delivery->next;
		run->ended_count--;
		log_failure(delivery);
		arena_release(&delivery->memory);
		free(delivery);
	}
	run->ended = rest;
}

static int64_t
claim_limit(const struct run *run)
{
	int64_t limit = run->job->conf->webhook_connections - (int64_t)sender_count(run->sender);

	return limit < CLAIM_MAX ? limit : CLAIM_MAX;
}

static struct db_step
claim_step(struct run *run, int64_t limit)
{
	struct job *job = run->job;
	struct db_param *params = arena_alloc(job->arena, claim_stmt.params * sizeof(*params));

	params[0] = job_holder(job);
	params[1] = job_lease(job);
	params[2] = db_int(job->arena, limit);
	params[3] = db_int(job->arena, ENDPOINT_MAX);
	params[4] = db_text(run->after[0]);
	params[5] = db_text(run->after[1]);
	return (struct db_step) { .stmt = &claim_stmt, .params = params };
}

static void
remember_turn(struct run *run, const struct db_rows *rows)
{
	static const char *const columns[] = { "tenant_id", "endpoint_id" };

	for (size_t i = 0; i < 2; i++) {
		const char *text = db_value(rows, rows->count - 1, columns[i]);
		size_t len = strlen(text);

		CHECK(len < sizeof(run->after[i]));
		memcpy(run->after[i], text, len + 1);
	}
}

/*
 * Records what has ended and claims others, in one transaction.  False = the database did not
 * answer: what has ended is kept.
 */
static bool
exchange(struct run *run, bool claims)
{
	int64_t limit = claims ? claim_limit(run) : 0;
	struct db_step steps[2];
	struct delivery *last = NULL;
	const struct db_rows *rows;
	size_t count = 0;

	if (run->ended != NULL)
		steps[count++] = settle_step(run, &last);
	if (limit > 0)
		steps[count++] = claim_step(run, limit);
	run->claim_ms = clock_monotonic_ms() + CLAIM_MS;
	if (count == 0)
		return true;
	rows = job_steps(run->job, steps, count);
	run->failures = rows == NULL ? run->failures + 1 : 0;
	if (rows == NULL)
		return false;
	if (last != NULL)
		forget(run, last);
	run->more = limit > 0 && rows->count > 0;
	for (int row = 0; run->more && row < rows->count; row++)
		deliver(run, rows, row);
	if (run->more)
		remember_turn(run, rows);
	return true;
}

/* --- the turn ----------------------------------------------------------------- */

static bool
is_idle(const struct run *run)
{
	return sender_count(run->sender) == 0 && run->ended == NULL;
}

/* Waits for attempts to end, until they are to be recorded or others to be claimed. */
static void
wait_for_answers(struct run *run)
{
	int64_t until_ms = run->claim_ms;

	if (run->ended != NULL && run->settle_ms < until_ms)
		until_ms = run->settle_ms;
	sender_move(run->sender, clock_left_ms(until_ms), keep);
}

static bool
is_due(const struct run *run)
{
	return clock_left_ms(run->claim_ms) == 0 || run->ended_count >= SETTLE_MAX ||
	    (run->ended != NULL &&
		(clock_left_ms(run->settle_ms) == 0 || sender_count(run->sender) == 0));
}

static bool
goes_on(const struct run *run)
{
	return !is_idle(run) && run->failures < FAILURES_MAX && !job_is_stopping(run->job);
}

/* Claims nothing more; what is not recorded afterwards is sent again when its lease ends. */
static void
wind_up(struct run *run)
{
	int64_t stop_ms = clock_monotonic_ms() + STOP_MS;

	while (sender_count(run->sender) > 0 && clock_left_ms(stop_ms) > 0)
		sender_move(run->sender, clock_left_ms(stop_ms), keep);
	run->job->leases_left = run->job->leases_left || sender_count(run->sender) > 0;
	while (run->ended != NULL && exchange(run, false))
		continue;
	run->job->leases_left = run->job->leases_left || run->ended != NULL;
	sender_cut(run->sender, keep);
	forget(run, NULL);
}

bool
webhooks_delivery_job(struct job *job)
{
	struct run run = { .job = job,
		.sender = sender_of_thread(job->conf->sandbox, job->conf->webhook_connections) };

	exchange(&run, true);
	while (goes_on(&run)) {
		wait_for_answers(&run);
		if (!is_due(&run))
			continue;
		arena_reset(job->arena); /* a turn may last for days */
		exchange(&run, true);
	}
	wind_up(&run);
	return false;
}
