#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/convoy.h"
#include "core/base/log.h"
#include "core/db/conn.h"
#include "core/db/pool.h"
#include "core/db/share.h"

#define CALLERS_MAX 32

/*
 * So long a reader goes on for the sake of the connection alone, behind its own answer and
 * the patience.
 */
#define DRAIN_MS (10 * CONVOY_PATIENCE_MS)

struct trip;

/* One caller, in its own thread's stack. */
struct member {
	struct convoy_member convoy; /* first */
	const struct db_step *steps;
	size_t count;
	int64_t deadline_ms;
	struct conn_answer *answer;
	bool answered; /* the answer is filled in */
	bool reads;    /* it was handed the reading of the trip */
	/* its own answer has come: it reads for others until then */
	int64_t until_ms;
	struct trip *trip; /* once its steps are sent */
	size_t index;      /* its place in the trip */
};

/*
 * What is on the wire of one connection.  One member reads at a time: the leader
 * until an answer does not come, then the member that waits for it.  A member
 * that leaves sets its place to NULL; the member whose answer is awaited stays.
 */
struct trip {
	struct db_conn *conn;
	bool sent;    /* a member may leave: its steps are no longer needed */
	bool counted; /* as under way: others wait for its end */
	size_t count;
	size_t next; /* whose answer is awaited */
	struct member *members[CALLERS_MAX];
	struct conn_answer answers[CALLERS_MAX];
};

/* --- sending ------------------------------------------------------------------- */

/* With log_level = debug an operator sees how many reads share a round trip. */
static void
trip_log(const struct trip *trip)
{
	char callers[24];

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	snprintf(callers, sizeof(callers), "%zu", trip->count);
	log_event(LOG_LEVEL_DEBUG, NULL, "pipelined reads", "callers", callers, NULL);
}

static struct trip *
trip_new(struct db *db, struct db_conn *conn, struct member *leader)
{
	struct trip *trip = malloc(sizeof(*trip));
	struct member *next = leader;

	CHECK(trip != NULL);
	trip->conn = conn;
	trip->sent = false;
	trip->counted = true;
	trip->count = trip->next = 0;
	pthread_mutex_lock(&db->lock);
	while (next != NULL) {
		next->trip = trip;
		next->index = trip->count;
		trip->members[trip->count++] = next;
		next = convoy_first(&db->sharing) == NULL || trip->count == CALLERS_MAX ?
		    NULL :
		    (struct member *)convoy_next(&db->sharing);
	}
	pthread_mutex_unlock(&db->lock);
	for (size_t i = 0; i < trip->count; i++)
		conn_send(conn, trip->members[i]->steps, trip->members[i]->count, CONN_PIPELINED,
		    &trip->answers[i]);
	pthread_mutex_lock(&db->lock);
	trip->sent = true;
	pthread_mutex_unlock(&db->lock);
	trip_log(trip);
	return trip;
}

/* Others need not wait for this trip any more. */
static void
trip_uncount(struct db *db, struct trip *trip)
{
	if (trip->counted)
		convoy_end(&db->sharing, &db->lock);
	trip->counted = false;
}

/* --- reading -------------------------------------------------------------------- */

/* Gives the answer that has arrived to its caller, and goes on to the next. */
static void
trip_deliver(struct db *db, struct trip *trip, const struct member *reader)
{
	struct conn_answer *answer = &trip->answers[trip->next];
	struct member *member;

	pthread_mutex_lock(&db->lock);
	member = trip->members[trip->next];
	trip->members[trip->next++] = NULL;
	if (member != NULL) {
		*member->answer = *answer;
		member->answered = true;
		if (member != reader)
			waiters_serve_locked(&member->convoy.waiter);
	}
	pthread_mutex_unlock(&db->lock);
	if (member == NULL)
		conn_answer_clear(answer);
}

/*
 * The members that are still aboard ask again, each on its own.  The reader is among them when
 * the connection broke while the steps were sent; it does not wait, and may never have.
 */
static void
trip_end(struct db *db, struct trip *trip, const struct member *reader)
{
	trip_uncount(db, trip);
	pool_return(db, trip->conn);
	pthread_mutex_lock(&db->lock);
	for (; trip->next < trip->count; trip->next++) {
		struct member *member = trip->members[trip->next];

		conn_answer_clear(&trip->answers[trip->next]);
		if (member != NULL && member != reader)
			waiters_serve_locked(&member->convoy.waiter);
	}
	pthread_mutex_unlock(&db->lock);
	free(trip);
}

/* The reader's own answer, which comes first: it waits until its deadline. */
static void
trip_await_own(struct db *db, struct trip *trip, struct member *reader)
{
	struct conn_answer *answer = &trip->answers[trip->next];

	if (!conn_receive(trip->conn, answer, clock_monotonic_ms() + CONVOY_PATIENCE_MS)) {
		trip_uncount(db, trip);
		if (!conn_receive(trip->conn, answer, reader->deadline_ms))
			conn_give_up(trip->conn, answer);
	}
	reader->until_ms = clock_monotonic_ms() + CONVOY_PATIENCE_MS;
}

/* Hands the reading to the member whose answer is awaited; false = it has left before. */
static bool
trip_hand_on(struct db *db, struct trip *trip)
{
	struct member *member;

	pthread_mutex_lock(&db->lock);
	member = trip->members[trip->next];
	if (member != NULL) {
		member->reads = true;
		waiters_serve_locked(&member->convoy.waiter);
	}
	pthread_mutex_unlock(&db->lock);
	return member != NULL;
}

/* The next answer; false = the reading was handed on. */
static bool
trip_await(struct db *db, struct trip *trip, struct member *reader)
{
	struct conn_answer *answer = &trip->answers[trip->next];

	if (trip->next == reader->index) {
		trip_await_own(db, trip, reader);
		return true;
	}
	if (conn_receive(trip->conn, answer, reader->until_ms))
		return true;
	trip_uncount(db, trip);
	if (trip_hand_on(db, trip))
		return false;
	/* Nobody waits for it any more, but opening a connection costs more than a moment. */
	if (!conn_receive(trip->conn, answer, reader->until_ms + DRAIN_MS))
		conn_give_up(trip->conn, answer);
	return true;
}

static void
trip_read(struct db *db, struct trip *trip, struct member *reader)
{
	while (trip->next < trip->count && !trip->conn->broken) {
		if (!trip_await(db, trip, reader))
			return;
		trip_deliver(db, trip, reader);
	}
	trip_end(db, trip, reader);
}

/* --- callers --------------------------------------------------------------------- */

static void
lead(struct db *db, struct member *self)
{
	struct db_conn *conn = pool_borrow(db, self->deadline_ms);

	if (conn != NULL && clock_left_ms(self->deadline_ms) > 0) {
		trip_read(db, trip_new(db, conn, self), self);
		return;
	}
	if (conn != NULL)
		pool_return(db, conn);
	convoy_end(&db->sharing, &db->lock);
	*self->answer = (struct conn_answer) { .result = DB_UNAVAILABLE };
	self->answered = true;
}

/* With the lock held: leaves a trip that is held up by another member. */
static void
leave_or_wait(struct db *db, struct member *self)
{
	/* Sending does not block. */
	while (!self->convoy.waiter.served && !self->trip->sent) {
		pthread_mutex_unlock(&db->lock);
		clock_sleep_ms(1);
		pthread_mutex_lock(&db->lock);
	}
	if (self->convoy.waiter.served || self->trip->next == self->index)
		waiters_wait_served(&self->convoy.waiter, &db->lock);
	else
		self->trip->members[self->index] = NULL;
}

bool
share_may(const struct db_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!steps[i].stmt->quick)
			return false;
	}
	return true;
}

bool
share_run(struct db *db, const struct db_step *steps, size_t count, int64_t deadline_ms,
    struct conn_answer *answer)
{
	struct member self = { .steps = steps,
		.count = count,
		.deadline_ms = deadline_ms,
		.answer = answer };
	enum convoy_place place;

	CHECK(share_may(steps, count));
	pthread_mutex_lock(&db->lock);
	place = convoy_join(&db->sharing, &self.convoy, &db->lock, CALLERS_MAX);
	if (place == CONVOY_TAKEN)
		leave_or_wait(db, &self);
	pthread_mutex_unlock(&db->lock);
	if (place == CONVOY_LEADS)
		lead(db, &self);
	else if (self.reads && !self.answered)
		trip_read(db, self.trip, &self);
	return self.answered;
}
