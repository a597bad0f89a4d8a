/*
 * Group commit by a leader and followers.
 *
 * While a batch runs, callers that arrive wait; the next batch takes all of them.
 * Nothing is delayed to fill a batch: a caller that finds none running starts one
 * at once, with itself alone.  The leader of a batch does the work of all its
 * members in its own thread.
 *
 * A stuck batch does not stop the others: a caller that has waited BATCHER_WAIT_MS
 * leads a batch of its own.
 *
 * The owner's lock guards a batcher.
 */
#ifndef PURSER_BASE_BATCHER_H
#define PURSER_BASE_BATCHER_H

#include "core/base/waiters.h"

/* Several times the duration of a batch under full load. */
#define BATCHER_WAIT_MS 50

struct batcher {
	struct waiters waiting;
	int under_way; /* batches */
};

/* The first member of the caller's own struct. */
struct batcher_member {
	struct waiter waiter; /* first */
	bool leads;
};

enum batcher_place {
	BATCHER_LEADS,  /* take members by batcher_next(), serve each, then batcher_end() */
	BATCHER_SERVED, /* the leader has done the work */
	BATCHER_TAKEN,  /* a leader is doing the work, for longer than BATCHER_WAIT_MS */
};

/*
 * Joins the next batch.  Called with the lock held, which is released while
 * waiting.  When `seats` callers wait already, the caller leads another batch that
 * runs beside the first.
 */
enum batcher_place batcher_join(struct batcher *batcher, struct batcher_member *self,
    pthread_mutex_t *lock, size_t seats) MUST_CHECK;

/*
 * With the lock held: the caller that has waited longest, NULL = none waits.
 * batcher_next() also takes it from the queue, which must not be empty.
 */
struct batcher_member *batcher_first(const struct batcher *batcher);
struct batcher_member *batcher_next(struct batcher *batcher);

/* Without the lock: wakes a follower whose result is complete. */
void batcher_serve(struct batcher_member *member, pthread_mutex_t *lock);

/* Without the lock: ends the batch; the caller that has waited longest leads the next one. */
void batcher_end(struct batcher *batcher, pthread_mutex_t *lock);

#endif
