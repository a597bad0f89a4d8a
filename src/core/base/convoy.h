/*
 * Batches by leader and followers.
 *
 * While a trip is under way, callers that arrive wait, and the next trip takes
 * all of them along.  Nothing is delayed to fill a batch: a caller that finds no
 * trip under way goes at once, alone.  One of those who travel leads: it makes
 * the trip for all of them, in its own thread.
 *
 * A trip that is stuck delays no other: a caller that waited CONVOY_PATIENCE_MS
 * leads a trip of its own.
 *
 * One lock of the owner guards a convoy.
 */
#ifndef PURSER_BASE_CONVOY_H
#define PURSER_BASE_CONVOY_H

#include "core/base/waiters.h"

/* Several times what a trip takes under full load. */
#define CONVOY_PATIENCE_MS 50

struct convoy {
	struct waiters waiting;
	int under_way; /* trips */
};

/* First in what a caller brings. */
struct convoy_member {
	struct waiter waiter; /* first */
	bool leads;
};

enum convoy_place {
	CONVOY_LEADS,  /* take along whom convoy_next() gives, serve each, then convoy_end() */
	CONVOY_SERVED, /* another caller made the trip */
	CONVOY_TAKEN,  /* another caller makes it, and it takes longer than the patience */
};

/*
 * Joins the next trip, with the lock held, which is let go while waiting.  When
 * as many wait as a trip has seats, another trip begins beside the one under way.
 */
enum convoy_place convoy_join(struct convoy *convoy, struct convoy_member *self,
    pthread_mutex_t *lock, size_t seats) MUST_CHECK;

/*
 * With the lock held: the caller that waited longest (NULL = none waits), and the same
 * taken along.
 */
struct convoy_member *convoy_first(const struct convoy *convoy);
struct convoy_member *convoy_next(struct convoy *convoy);

/* Without the lock: lets a follower go that has everything it came for. */
void convoy_serve(struct convoy_member *member, pthread_mutex_t *lock);

/* Without the lock: the next trip may begin, led by the caller that waited longest. */
void convoy_end(struct convoy *convoy, pthread_mutex_t *lock);

#endif
