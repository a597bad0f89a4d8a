#include "config.h"

#include "core/base/convoy.h"

enum convoy_role
convoy_join(struct convoy *convoy, struct convoy_member *self, pthread_mutex_t *lock,
    size_t seats, int64_t ms)
{
	enum convoy_role role = CONVOY_LEADS;

	self->leads = false;
	if (convoy->under_way == 0 || convoy->waiting.count >= seats)
		convoy->under_way++;
	else if (!waiters_wait(&convoy->waiting, &self->waiter, lock, ms))
		role = CONVOY_LATE;
	else if (!self->leads)
		role = CONVOY_SERVED;
	return role;
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

/* After the unlock the member may be gone: only its thread's semaphore stays. */
void
convoy_serve(struct convoy_member *member, pthread_mutex_t *lock)
{
	sem_t *woken = member->waiter.woken;

	pthread_mutex_lock(lock);
	member->waiter.served = true;
	pthread_mutex_unlock(lock);
	sem_post(woken);
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
