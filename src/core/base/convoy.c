#include "config.h"

#include "core/base/convoy.h"

enum convoy_place
convoy_join(struct convoy *convoy, struct convoy_member *self, pthread_mutex_t *lock, size_t seats)
{
	self->leads = false;
	if (convoy->under_way > 0 && convoy->waiting.count < seats) {
		enum waited waited =
		    waiters_try(&convoy->waiting, &self->waiter, lock, CONVOY_PATIENCE_MS);

		if (self->leads)
			return CONVOY_LEADS;
		if (waited != WAITED_LEFT)
			return waited == WAITED_SERVED ? CONVOY_SERVED : CONVOY_TAKEN;
	}
	convoy->under_way++;
	return CONVOY_LEADS;
}

struct convoy_member *
convoy_first(const struct convoy *convoy)
{
	return (struct convoy_member *)convoy->waiting.first;
}

struct convoy_member *
convoy_next(struct convoy *convoy)
{
	return (struct convoy_member *)waiters_pop(&convoy->waiting);
}

void
convoy_serve(struct convoy_member *member, pthread_mutex_t *lock)
{
	waiters_serve(&member->waiter, lock);
}

void
convoy_end(struct convoy *convoy, pthread_mutex_t *lock)
{
	pthread_mutex_lock(lock);
	if (convoy->waiting.first == NULL) {
		convoy->under_way--;
	} else {
		struct convoy_member *next = convoy_next(convoy);

		next->leads = true;
		waiters_serve_locked(&next->waiter);
	}
	pthread_mutex_unlock(lock);
}
