/*
 * Protects: pipelined reads share a round trip only when none of them writes; each
 * caller gets its own answer; the leader reads the answers of callers that have left
 * for a bounded time, however many there are; a caller whose connection breaks while
 * it sends asks again alone.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "core/base/batcher.h"
#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/db/conn.h"
#include "core/db/pipelined_read.h"
#include "core/db/pool.h"
#include "t/lib/tap.h"

#define CALLERS 32
#define ANSWER_MS (BATCHER_WAIT_MS * 3 / 5)
#define DEADLINE_MS 60000

static const struct db_stmt read_stmt = { "read", "select", 0, DB_PIPELINED };
static const struct db_stmt write_stmt = { "write", "insert", 0, false };

/* --- a connection whose answers come one by one ---------------------------------- */

static struct db_conn conn;
static atomic_bool first_answers; /* the answer of the caller that goes alone */
static atomic_bool sending_breaks;
static atomic_size_t sent, answered, trips;

struct db_conn *
pool_borrow(struct db *db, int64_t deadline_ms)
{
	(void)db;
	(void)deadline_ms;
	return &conn;
}

void
pool_return(struct db *db, struct db_conn *of)
{
	(void)db;
	(void)of;
	atomic_fetch_add(&trips, 1);
}

void
conn_send(struct db_conn *on, const struct db_step *steps, size_t count, enum conn_end end,
    struct conn_answer *answer)
{
	(void)end;
	on->broken = on->broken || atomic_load(&sending_breaks);
	*answer = (struct conn_answer) { .count = count, .nonces = { steps[0].nonce } };
	atomic_fetch_add(&sent, 1);
}

/* An answer takes its time from when it is asked for, so a slow machine changes nothing. */
bool
conn_receive(struct db_conn *on, struct conn_answer *answer, int64_t until_ms)
{
	int64_t left_ms = clock_left_ms(until_ms);

	(void)on;
	if (answer->nonces[0] == 1) {
		while (!atomic_load(&first_answers) && clock_left_ms(until_ms) > 0)
			clock_sleep_ms(1);
		return atomic_load(&first_answers);
	}
	clock_sleep_ms(left_ms < ANSWER_MS ? left_ms : ANSWER_MS);
	atomic_fetch_add(&answered, left_ms >= ANSWER_MS);
	return left_ms >= ANSWER_MS;
}

void
conn_give_up(struct db_conn *on, struct conn_answer *answer)
{
	on->broken = true;
	answer->result = DB_UNAVAILABLE;
}

void
conn_answer_clear(struct conn_answer *answer)
{
	answer->got = 0;
}

/* --- callers ---------------------------------------------------------------------- */

struct caller {
	pthread_t thread;
	struct db *db;
	uint64_t nonce; /* from 1, in the order in which they come */
	bool shared;    /* pipelined_read_run() answered */
	uint64_t got;   /* whose answer it was handed */
};

static void *
ask(void *argument)
{
	struct caller *self = argument;
	const struct db_step step = { .stmt = &read_stmt, .nonce = self->nonce };
	struct conn_answer answer = { .count = 0 };

	self->shared =
	    pipelined_read_run(self->db, &step, 1, clock_monotonic_ms() + DEADLINE_MS, &answer);
	self->got = answer.nonces[0];
	return NULL;
}

static size_t
waiting(struct db *db)
{
	size_t count;

	pthread_mutex_lock(&db->lock);
	count = db->reading.waiting.count;
	pthread_mutex_unlock(&db->lock);
	return count;
}

/*
 * Begins the caller and waits until it is sent, or until it waits for others or has begun
 * beside them.
 */
static void
begin(struct caller *caller)
{
	size_t before = atomic_load(&sent) + waiting(caller->db);

	CHECK(pthread_create(&caller->thread, NULL, ask, caller) == 0);
	while (atomic_load(&sent) + waiting(caller->db) <= before)
		clock_sleep_ms(1);
}

/* False = some callers waited too long and led round trips of their own. */
static bool
one_trip(struct db *db, struct caller *callers)
{
	atomic_store(&sent, 0);
	atomic_store(&answered, 0);
	atomic_store(&trips, 0);
	atomic_store(&first_answers, false);
	conn.broken = false;
	for (size_t i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller) { .db = db, .nonce = i + 1 };
		begin(&callers[i]);
	}
	atomic_store(&first_answers, true);
	for (size_t i = 0; i < CALLERS; i++)
		pthread_join(callers[i].thread, NULL);
	return atomic_load(&trips) == 2;
}

static void
reading_ends(struct db *db)
{
	struct caller callers[CALLERS];
	int attempts = 1;

	while (!one_trip(db, callers) && attempts < 50)
		attempts++;
	is_int((int64_t)atomic_load(&trips), 2,
	    "one caller goes alone, all others share a round trip");
	for (size_t i = 0; i < CALLERS; i++) {
		if (callers[i].shared)
			is_int((int64_t)callers[i].got, (int64_t)callers[i].nonce,
			    "caller %zu gets its own answer", i + 1);
	}
	ok(callers[1].shared, "the leader shares the round trip");
	ok(atomic_load(&answered) < CALLERS - 1,
	    "the leader stops before the answers of all callers: %zu of %d", atomic_load(&answered),
	    CALLERS - 1);
	ok(conn.broken, "the leader gives the connection up");
	is_int(db->reading.under_way, 0, "no round trip is open in the end");
}

/* libpq finds no memory for a step of the leader: it does not wait, so it is not woken. */
static void
connection_breaks_while_sending(struct db *db)
{
	struct caller caller = { .db = db, .nonce = 1 };

	atomic_store(&sending_breaks, true);
	begin(&caller);
	pthread_join(caller.thread, NULL);
	atomic_store(&sending_breaks, false);
	ok(!caller.shared, "a caller whose connection breaks while it sends asks again by itself");
	is_int(db->reading.under_way, 0,
	    "the round trip of a caller whose connection broke has ended");
}

/* A call may run twice, so nothing that writes may be among its steps. */
static void
writes_go_alone(void)
{
	const struct db_step steps[] = { { .stmt = &read_stmt }, { .stmt = &write_stmt },
		{ .stmt = &read_stmt } };

	ok(pipelined_read_may(steps, 1), "a read shares round trips");
	ok(!pipelined_read_may(steps, 2), "a write shares no round trip");
	ok(!pipelined_read_may(steps, 3), "a read behind a write shares no round trip");
	ok(!pipelined_read_may(steps + 1, 2), "a read before a write shares no round trip");
}

int
main(void)
{
	struct db db = { .lock = PTHREAD_MUTEX_INITIALIZER };

	writes_go_alone();
	reading_ends(&db);
	connection_breaks_while_sending(&db);
	return done();
}
