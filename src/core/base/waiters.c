/* FIFO queue of threads, each with a semaphore of its own. */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/waiters.h"

/*
 * One semaphore per thread, never freed: the server posts it after releasing the lock, when the
 * thread may already have seen that it is served, and ended.  A post left over from an earlier wait
 * makes the next one wake early; it checks its condition and goes on waiting.
 */
struct semaphore {
	sem_t sem;
	struct semaphore *next;
};

static _Atomic(struct semaphore *) semaphores;

static sem_t *
thread_semaphore(void)
{
	static _Thread_local struct semaphore *own;

	if (own == NULL) {
		own = calloc(1, sizeof(*own));
		CHECK(own != NULL && sem_init(&own->sem, 0, 0) == 0);
		own->next = atomic_load(&semaphores);
		while (!atomic_compare_exchange_weak(&semaphores, &own->next, own))
			continue;
	}
	return &own->sem;
}

static void
add(struct waiters *queue, struct waiter *waiter)
{
	waiter->queued = true;
	waiter->next = NULL;
	if (queue->first == NULL)
		queue->first = waiter;
	else
		queue->last->next = waiter;
	queue->last = waiter;
	queue->count++;
}

static void
leave(struct waiters *queue, struct waiter *waiter)
{
	struct waiter *before = NULL;
	struct waiter *w = queue->first;

	for (; w != waiter; w = w->next)
		before = w;
	if (before == NULL)
		queue->first = w->next;
	else
		before->next = w->next;
	if (queue->last == w)
		queue->last = before;
	queue->count--;
	waiter->queued = false;
}

struct waiter *
waiters_pop(struct waiters *queue)
{
	struct waiter *waiter = queue->first;

	CHECK(waiter != NULL);
	queue->first = waiter->next;
	queue->count--;
	waiter->queued = false;
	return waiter;
}

sem_t *
waiters_serve_locked(struct waiter *waiter)
{
	waiter->served = true;
	return waiter->woken;
}

void
waiters_serve(struct waiter *waiter, pthread_mutex_t *lock)
{
	sem_t *woken;

	pthread_mutex_lock(lock);
	woken = waiters_serve_locked(waiter);
	pthread_mutex_unlock(lock);
	sem_post(woken);
}

enum waited
waiters_try(struct waiters *queue, struct waiter *self, pthread_mutex_t *lock, int64_t ms)
{
	const struct timespec until = clock_monotonic_after(ms);
	bool late = false;

	self->woken = thread_semaphore();
	self->served = false;
	add(queue, self);
	while (!self->served && !late) {
		pthread_mutex_unlock(lock);
		late =
		    sem_clockwait(self->woken, CLOCK_MONOTONIC, &until) != 0 && errno == ETIMEDOUT;
		pthread_mutex_lock(lock);
	}
	if (self->served)
		return WAITED_SERVED;
	if (!self->queued)
		return WAITED_TAKEN;
	leave(queue, self);
	return WAITED_LEFT;
}

void
waiters_wait_served(struct waiter *self, pthread_mutex_t *lock)
{
	while (!self->served) {
		pthread_mutex_unlock(lock);
		sem_wait(self->woken);
		pthread_mutex_lock(lock);
	}
}

bool
waiters_wait(struct waiters *queue, struct waiter *self, pthread_mutex_t *lock, int64_t ms)
{
	if (waiters_try(queue, self, lock, ms) == WAITED_LEFT)
		return false;
	waiters_wait_served(self, lock);
	return true;
}
