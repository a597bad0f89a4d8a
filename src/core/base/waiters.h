/*
 * Threads that wait in a queue, each woken by itself: who waited longest is
 * served first, and no thread is woken to find nothing.
 *
 * One lock of the owner guards the queue.  Serving: waiters_pop(), hand over
 * what the waiter came for, waiters_serve().
 */
#ifndef PURSER_BASE_WAITERS_H
#define PURSER_BASE_WAITERS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/bug.h"

struct waiter {
	sem_t *woken; /* the thread's own */
	bool queued;
	bool served;
	struct waiter *next;
};

struct waiters {
	struct waiter *first; /* waited longest; NULL = none waits */
	struct waiter *last;
	size_t count;
};

enum waited {
	WAITED_SERVED,
	WAITED_TAKEN, /* popped, but not served yet: waiters_wait_served() */
	WAITED_LEFT,  /* not popped in time: it has left the queue */
};

/* Queues and waits; called with the lock held, which is let go meanwhile. */
enum waited waiters_try(struct waiters *queue, struct waiter *self, pthread_mutex_t *lock,
    int64_t ms) MUST_CHECK;

/* With the lock held, which is let go meanwhile: waits on, for as long as serving takes. */
void waiters_wait_served(struct waiter *self, pthread_mutex_t *lock);

/* Both: false = not popped in `ms`.  A waiter that was popped in time waits until it is served. */
bool waiters_wait(struct waiters *queue, struct waiter *self, pthread_mutex_t *lock,
    int64_t ms) MUST_CHECK;

/* With the lock held: takes the first one from the queue, which must not be empty. */
struct waiter *waiters_pop(struct waiters *queue);

/* Without the lock: lets one go that was popped and has everything it came for. */
void waiters_serve(struct waiter *waiter, pthread_mutex_t *lock);

/*
 * The same with the lock held.  The waiter may be gone as soon as the lock is let go: post the
 * semaphore then, and touch nothing else of it.
 */
sem_t *waiters_serve_locked(struct waiter *waiter) MUST_CHECK;

#endif
