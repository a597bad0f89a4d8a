/*
 * Callers that share a trip.
 *
 * While one of them is under way, who comes waits, and the next trip takes all
 * who waited.  Nobody waits for company: who comes when nothing is under way
 * goes at once, alone.  One of those who travel leads: it makes the trip for
 * all of them, in its own thread.
 *
 * One lock of the owner guards a convoy.
 */
#ifndef PURSER_BASE_CONVOY_H
#define PURSER_BASE_CONVOY_H

#include "core/base/waiters.h"

struct convoy {
	struct waiters waiting;
	int under_way;		/* trips */
};

/* First in what a caller brings. */
struct convoy_member {
	struct waiter waiter;	/* first */
	bool leads;
};

/*
 * Joins the next trip, with the lock held, which is let go while waiting.  When
 * as many wait as a trip has seats, another trip begins beside the one under
 * way.
 *
 * True = lead it: take along whom convoy_next() gives before the lock is let go,
 * serve each, then convoy_end().  False = another one made the trip, or none
 * began in `ms` and nothing was done for this member.
 */
bool convoy_join(struct convoy *convoy, struct convoy_member *self, pthread_mutex_t *lock,
    size_t seats, int64_t ms) MUST_CHECK;

/* With the lock held: who waited longest (NULL = nobody waits), and the same taken along. */
struct convoy_member *convoy_first(const struct convoy *convoy);
struct convoy_member *convoy_next(struct convoy *convoy);

/* Without the lock: lets a passenger go, who has everything it came for. */
void convoy_serve(struct convoy_member *member, pthread_mutex_t *lock);

/* Without the lock: the next trip may begin, led by who waited longest. */
void convoy_end(struct convoy *convoy, pthread_mutex_t *lock);

#endif
