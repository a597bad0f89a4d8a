#include "config.h"

#include "core/base/convoy.h"

bool
convoy_join(struct convoy *convoy, struct convoy_member *self, pthread_mutex_t *lock,
    size_t seats, int64_t ms)
{
	self->leads = false;
	if (convoy->under_way > 0 && convoy->waiting.count < seats)
		return waiters_wait(&convoy->waiting, &self->waiter, lock, ms) && self->leads;
	convoy->under_way++;
	return true;
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
	struct convoy_member *next = NULL;

	pthread_mutex_lock(lock);
	if (convoy->waiting.first == NULL) {
		convoy->under_way--;
	} else {
		next = convoy_next(convoy);
		next->leads = true;
	}
	pthread_mutex_unlock(lock);
	if (next != NULL)
		convoy_serve(next, lock);
}
