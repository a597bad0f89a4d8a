/*
 * Batching by leader and followers.
 *
 * While a batch is under way, callers that arrive wait; the next batch takes all
 * of them.  Nothing is delayed to fill a batch: a caller that finds none under
 * way begins one at once, with itself alone.  The leader of a batch does the work
 * for all its members, in its own thread.
 *
 * A batch that is stuck delays no other: a caller that waited BATCHER_WAIT_MS
 * leads a batch of its own.
 *
 * The owner's lock guards a batcher.
 */
#ifndef PURSER_BASE_BATCHER_H
#define PURSER_BASE_BATCHER_H

#include "core/base/waiters.h"

/* Several times what a batch takes under full load. */
#define BATCHER_WAIT_MS 50

struct batcher {
	struct waiters waiting;
	int under_way; /* batches */
};

/* First in what a caller brings. */
struct batcher_member {
	struct waiter waiter; /* first */
	bool leads;
};

enum batcher_place {
	BATCHER_LEADS,  /* take along whom batcher_next() gives, serve each, then batcher_end() */
	BATCHER_SERVED, /* the leader has done the work */
	BATCHER_TAKEN,  /* a leader does the work, and it takes longer than BATCHER_WAIT_MS */
};

/*
 * Joins the next batch, with the lock held, which is let go while waiting.  When
 * as many wait as a batch has seats, another one begins beside the one under way.
 */
enum batcher_place batcher_join(struct batcher *batcher, struct batcher_member *self,
    pthread_mutex_t *lock, size_t seats) MUST_CHECK;

/*
 * With the lock held: the caller that waited longest (NULL = none waits), and the same
 * taken along.
 */
struct batcher_member *batcher_first(const struct batcher *batcher);
struct batcher_member *batcher_next(struct batcher *batcher);

/* Without the lock: lets a follower go that has everything it came for. */
void batcher_serve(struct batcher_member *member, pthread_mutex_t *lock);

/* Without the lock: the next batch may begin, led by the caller that waited longest. */
void batcher_end(struct batcher *batcher, pthread_mutex_t *lock);

#endif
