/* Pipelined reads: how a batch is sent, and which caller reads its answers. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/batcher.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/db/conn.h"
#include "core/db/pipelined_read.h"
#include "core/db/pool.h"

#define CALLERS_MAX 32

/*
 * How long a reader waits on for the answer of a caller that has left, after until_ms: only
 * to save the connection.
 */
#define DRAIN_MS (2 * BATCHER_WAIT_MS)

struct batch;

/* One caller; lives in the stack of its thread. */
struct member {
	struct batcher_member batcher; /* first */
	const struct db_step *steps;
	size_t count;
	int64_t deadline_ms;
	struct conn_answer *answer;
	bool answered; /* the answer is filled in */
	bool reads;    /* it reads for the batch from now on */
	/* after its own answer it reads for others until then */
	int64_t until_ms;
	struct batch *batch; /* once its steps are sent */
	size_t index;        /* in the batch */
};

/*
 * The reads in flight on one connection.  One member at a time is the reader: first the
 * leader; when an answer is late, the member that waits for it.  A member that leaves sets
 * its place to NULL; the member whose answer is next never leaves.
 */
struct batch {
	struct db_conn *conn;
	bool sent;    /* a member may leave: its steps are no longer needed */
	bool counted; /* by the batcher as running */
	size_t count;
	size_t next; /* whose answer is awaited */
	struct member *members[CALLERS_MAX];
	struct conn_answer answers[CALLERS_MAX];
};

/* --- sending ------------------------------------------------------------------- */

/* With log_level = debug an operator sees how many reads share a round trip. */
static void
batch_log(const struct batch *batch)
{
	char callers[24];

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	snprintf(callers, sizeof(callers), "%zu", batch->count);
	log_event(LOG_LEVEL_DEBUG, NULL, "pipelined reads", "callers", callers, NULL);
}

/* Takes the waiting callers into a batch and sends all their steps. */
static struct batch *
batch_new(struct db *db, struct db_conn *conn, struct member *leader)
{
	struct batch *batch = malloc(sizeof(*batch));
	struct member *next = leader;

	CHECK(batch != NULL);
	batch->conn = conn;
	batch->sent = false;
	batch->counted = true;
	batch->count = batch->next = 0;
	pthread_mutex_lock(&db->lock);
	while (next != NULL) {
		next->batch = batch;
		next->index = batch->count;
		batch->members[batch->count++] = next;
		next = batcher_first(&db->reading) == NULL || batch->count == CALLERS_MAX ?
		    NULL :
		    (struct member *)batcher_next(&db->reading);
	}
	pthread_mutex_unlock(&db->lock);
	for (size_t i = 0; i < batch->count; i++)
		conn_send(conn, batch->members[i]->steps, batch->members[i]->count, CONN_PIPELINED,
		    &batch->answers[i]);
	pthread_mutex_lock(&db->lock);
	batch->sent = true;
	pthread_mutex_unlock(&db->lock);
	batch_log(batch);
	return batch;
}

/* The next batch may begin. */
static void
batch_uncount(struct db *db, struct batch *batch)
{
	if (batch->counted)
		batcher_end(&db->reading, &db->lock);
	batch->counted = false;
}

/* --- reading -------------------------------------------------------------------- */

/* Gives the complete answer to its caller and advances to the next one. */
static void
batch_deliver(struct db *db, struct batch *batch, const struct member *reader)
{
	struct conn_answer *answer = &batch->answers[batch->next];
	struct member *member;
	sem_t *woken = NULL;

	pthread_mutex_lock(&db->lock);
	member = batch->members[batch->next];
	batch->members[batch->next++] = NULL;
	if (member != NULL) {
		*member->answer = *answer;
		member->answered = true;
		if (member != reader)
			woken = waiters_serve_locked(&member->batcher.waiter);
	}
	pthread_mutex_unlock(&db->lock);
	if (member == NULL)
		conn_answer_clear(answer);
	if (woken != NULL)
		sem_post(woken);
}

/*
 * Ends the batch: members without an answer ask again, each on a connection of its own.  The
 * reader is among them when the connection broke while the steps were sent.  It needs no
 * wake-up, since it does not wait.
 */
static void
batch_end(struct db *db, struct batch *batch, const struct member *reader)
{
	/* In this order, so that the next batch has the same backend, whose caches are warm. */
	pool_return(db, batch->conn);
	batch_uncount(db, batch);
	pthread_mutex_lock(&db->lock);
	for (; batch->next < batch->count; batch->next++) {
		struct member *member = batch->members[batch->next];

		conn_answer_clear(&batch->answers[batch->next]);
		if (member != NULL && member != reader)
			sem_post(waiters_serve_locked(&member->batcher.waiter));
	}
	pthread_mutex_unlock(&db->lock);
	free(batch);
}

/* The reader waits for its own answer, its first one, until its deadline. */
static void
batch_await_own(struct db *db, struct batch *batch, struct member *reader)
{
	struct conn_answer *answer = &batch->answers[batch->next];

	if (!conn_receive(batch->conn, answer, clock_monotonic_ms() + BATCHER_WAIT_MS)) {
		batch_uncount(db, batch);
		if (!conn_receive(batch->conn, answer, reader->deadline_ms))
			conn_give_up(batch->conn, answer);
	}
	reader->until_ms = clock_monotonic_ms() + BATCHER_WAIT_MS;
}

/* Makes the member whose answer is next the reader; false = that member has left. */
static bool
batch_hand_on(struct db *db, struct batch *batch)
{
	struct member *member;
	sem_t *woken = NULL;

	pthread_mutex_lock(&db->lock);
	member = batch->members[batch->next];
	if (member != NULL) {
		member->reads = true;
		woken = waiters_serve_locked(&member->batcher.waiter);
	}
	pthread_mutex_unlock(&db->lock);
	if (woken != NULL)
		sem_post(woken);
	return woken != NULL;
}

/* Waits for the next answer; false = another member is the reader now. */
static bool
batch_await(struct db *db, struct batch *batch, struct member *reader)
{
	struct conn_answer *answer = &batch->answers[batch->next];

	if (batch->next == reader->index) {
		batch_await_own(db, batch, reader);
		return true;
	}
	if (conn_receive(batch->conn, answer, reader->until_ms))
		return true;
	batch_uncount(db, batch);
	if (batch_hand_on(db, batch))
		return false;
	/* Its caller has left.  Waiting a little is cheaper than a new connection. */
	if (!conn_receive(batch->conn, answer, reader->until_ms + DRAIN_MS))
		conn_give_up(batch->conn, answer);
	return true;
}

/* Reads for the batch until its end, or until another member becomes the reader. */
static void
batch_read(struct db *db, struct batch *batch, struct member *reader)
{
	while (batch->next < batch->count && !batch->conn->broken) {
		if (!batch_await(db, batch, reader))
			return;
		batch_deliver(db, batch, reader);
	}
	batch_end(db, batch, reader);
}

/* --- callers --------------------------------------------------------------------- */

/* Sends a batch and reads its answers; without a connection only the leader fails. */
static void
lead(struct db *db, struct member *self)
{
	struct db_conn *conn = pool_borrow(db, self->deadline_ms);

	if (conn != NULL && clock_left_ms(self->deadline_ms) > 0) {
		batch_read(db, batch_new(db, conn, self), self);
		return;
	}
	if (conn != NULL)
		pool_return(db, conn);
	batcher_end(&db->reading, &db->lock);
	*self->answer = (struct conn_answer) { .result = DB_UNAVAILABLE };
	self->answered = true;
}

/* With the lock held: leaves a batch that another member delays. */
static void
leave_or_wait(struct db *db, struct member *self)
{
	/* Sending does not block. */
	while (!self->batcher.waiter.served && !self->batch->sent) {
		pthread_mutex_unlock(&db->lock);
		clock_sleep_ms(1);
		pthread_mutex_lock(&db->lock);
	}
	if (self->batcher.waiter.served || self->batch->next == self->index)
		waiters_wait_served(&self->batcher.waiter, &db->lock);
	else
		self->batch->members[self->index] = NULL;
}

bool
pipelined_read_may(const struct db_step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!(steps[i].stmt->flags & DB_PIPELINED))
			return false;
	}
	return true;
}

bool
pipelined_read_run(struct db *db, const struct db_step *steps, size_t count, int64_t deadline_ms,
    struct conn_answer *answer)
{
	struct member self = { .steps = steps,
		.count = count,
		.deadline_ms = deadline_ms,
		.answer = answer };
	enum batcher_place place;

	CHECK(pipelined_read_may(steps, count));
	pthread_mutex_lock(&db->lock);
	place = batcher_join(&db->reading, &self.batcher, &db->lock, CALLERS_MAX);
	if (place == BATCHER_TAKEN)
		leave_or_wait(db, &self);
	pthread_mutex_unlock(&db->lock);
	if (place == BATCHER_LEADS)
		lead(db, &self);
	else if (self.reads && !self.answered)
		batch_read(db, self.batch, &self);
	return self.answered;
}
