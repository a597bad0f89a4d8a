/*
 * Threads that wait in a queue, each woken by itself: who waited longest is
 * served first, and nobody is woken to find nothing.
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
	sem_t *woken;		/* the thread's own */
	bool queued;
	bool served;
	struct waiter *next;
};

struct waiters {
	struct waiter *first;	/* waited longest; NULL = nobody waits */
	struct waiter *last;
	size_t count;
};

/*
 * Queues and waits until served; called with the lock held, which is let go
 * meanwhile.  False = nobody took the waiter from the queue in `ms`, and it has
 * left.  Who was taken in time waits for as long as serving takes.
 */
bool waiters_wait(struct waiters *queue, struct waiter *self, pthread_mutex_t *lock,
    int64_t ms) MUST_CHECK;

/* With the lock held: takes the first one from the queue, which must not be empty. */
struct waiter *waiters_pop(struct waiters *queue);

/* Without the lock: lets one go who was popped and has everything it came for. */
void waiters_serve(struct waiter *waiter, pthread_mutex_t *lock);

#endif
