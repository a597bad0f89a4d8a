/*
 * FIFO queue of waiting threads.  Each is woken by itself and only when it is
 * served, so there is no thundering herd.
 *
 * The owner's lock guards the queue.  To serve: waiters_pop(), fill in the result,
 * waiters_serve().
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
	struct waiter *first; /* has waited longest; NULL = none waits */
	struct waiter *last;
	size_t count;
};

enum waited {
	WAITED_SERVED,
	WAITED_TAKEN, /* popped, not served yet: call waiters_wait_served() */
	WAITED_LEFT,  /* not popped in time, and no longer queued */
};

/* Queues the caller and waits.  With the lock held, which is released while waiting. */
enum waited waiters_try(struct waiters *queue, struct waiter *self, pthread_mutex_t *lock,
    int64_t ms) MUST_CHECK;

/* Waits until served, without a limit.  With the lock held, which is released while waiting. */
void waiters_wait_served(struct waiter *self, pthread_mutex_t *lock);

/* Both.  False = not popped within `ms`; a waiter popped in time waits until it is served. */
bool waiters_wait(struct waiters *queue, struct waiter *self, pthread_mutex_t *lock,
    int64_t ms) MUST_CHECK;

/* With the lock held: takes the first one from the queue, which must not be empty. */
struct waiter *waiters_pop(struct waiters *queue);

/* Without the lock: wakes a popped waiter whose result is complete. */
void waiters_serve(struct waiter *waiter, pthread_mutex_t *lock);

/*
 * The same with the lock held.  The caller posts the returned semaphore after releasing the lock.
 * The waiter may be gone by then: touch nothing else of it.
 */
sem_t *waiters_serve_locked(struct waiter *waiter) MUST_CHECK;

#endif
