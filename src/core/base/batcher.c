/* Group commit: which caller leads a batch, and which callers follow. */
#include "config.h"

#include "core/base/batcher.h"

enum batcher_place
batcher_join(struct batcher *batcher, struct batcher_member *self, pthread_mutex_t *lock,
    size_t seats)
{
	self->leads = false;
	if (batcher->under_way > 0 && batcher->waiting.count < seats) {
		enum waited waited =
		    waiters_try(&batcher->waiting, &self->waiter, lock, BATCHER_WAIT_MS);

		if (self->leads)
			return BATCHER_LEADS;
		if (waited != WAITED_LEFT)
			return waited == WAITED_SERVED ? BATCHER_SERVED : BATCHER_TAKEN;
	}
	batcher->under_way++;
	return BATCHER_LEADS;
}

struct batcher_member *
batcher_first(const struct batcher *batcher)
{
	return (struct batcher_member *)batcher->waiting.first;
}

struct batcher_member *
batcher_next(struct batcher *batcher)
{
	return (struct batcher_member *)waiters_pop(&batcher->waiting);
}

void
batcher_serve(struct batcher_member *member, pthread_mutex_t *lock)
{
	waiters_serve(&member->waiter, lock);
}

void
batcher_end(struct batcher *batcher, pthread_mutex_t *lock)
{
	sem_t *woken = NULL;

	pthread_mutex_lock(lock);
	if (batcher->waiting.first == NULL) {
		batcher->under_way--;
	} else {
		struct batcher_member *next = batcher_next(batcher);

		next->leads = true;
		woken = waiters_serve_locked(&next->waiter);
	}
	pthread_mutex_unlock(lock);
	if (woken != NULL)
		sem_post(woken);
}
