#include "config.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/db/pool.h"

/* Short enough that a restarted server is found within two seconds. */
#define RECONNECT_MS 100

struct pool_waiter {
	struct db_conn *conn;	/* NULL until one is handed over */
	sem_t *handed;
	struct pool_waiter *next;
};

void
pool_init(struct db *db, int64_t connections)
{
	pthread_mutex_init(&db->lock, NULL);
	db->count = connections;
	db->conns = calloc((size_t)connections, sizeof(*db->conns));
	CHECK(db->conns != NULL);
	for (int64_t i = 0; i < connections; i++) {
		db->conns[i].next = db->idle;
		db->idle = &db->conns[i];
	}
}

void
pool_release(struct db *db)
{
	free(db->conns);
	pthread_mutex_destroy(&db->lock);
}

/*
 * One semaphore a thread, for its life: it is posted after the lock is let go,
 * when the waiter may be gone already with what it was handed.  A post that
 * comes so late wakes the next wait for nothing, which looks and waits on.
 */
static sem_t *
thread_semaphore(void)
{
	static _Thread_local sem_t handed;
	static _Thread_local bool made;

	if (!made)
		CHECK(sem_init(&handed, 0, 0) == 0);
	made = true;
	return &handed;
}

static void
queue_add(struct db *db, struct pool_waiter *waiter)
{
	if (db->first == NULL)
		db->first = waiter;
	else
		db->last->next = waiter;
	db->last = waiter;
}

static void
queue_remove(struct db *db, const struct pool_waiter *waiter)
{
	struct pool_waiter *before = NULL;
	struct pool_waiter *w = db->first;

	for (; w != waiter; w = w->next)
		before = w;
	if (before == NULL)
		db->first = w->next;
	else
		before->next = w->next;
	if (db->last == w)
		db->last = before;
}

/* Called with the lock held, which is let go while waiting; NULL = nothing was handed over in time. */
static struct db_conn *
queue_wait(struct db *db)
{
	struct pool_waiter waiter = { .handed = thread_semaphore() };
	const struct timespec until = clock_monotonic_after(db->conf->database_timeout_ms);
	bool late = false;

	queue_add(db, &waiter);
	while (waiter.conn == NULL && !late) {
		pthread_mutex_unlock(&db->lock);
		late = sem_clockwait(waiter.handed, CLOCK_MONOTONIC, &until) != 0 &&
		    errno == ETIMEDOUT;
		pthread_mutex_lock(&db->lock);
	}
	if (waiter.conn == NULL)
		queue_remove(db, &waiter);
	return waiter.conn;
}

struct db_conn *
pool_take(struct db *db)
{
	struct db_conn *conn;

	pthread_mutex_lock(&db->lock);
	conn = db->idle;
	if (conn != NULL)
		db->idle = conn->next;
	else
		conn = queue_wait(db);
	pthread_mutex_unlock(&db->lock);
	return conn;
}

void
pool_give(struct db *db, struct db_conn *conn)
{
	sem_t *handed = NULL;

	conn->used_ms = clock_monotonic_ms();
	pthread_mutex_lock(&db->lock);
	if (db->first != NULL) {
		db->first->conn = conn;
		handed = db->first->handed;
		db->first = db->first->next;
	} else {
		conn->next = db->idle;
		db->idle = conn;
	}
	pthread_mutex_unlock(&db->lock);
	if (handed != NULL)
		sem_post(handed);
}

bool
pool_down(struct db *db)
{
	bool down;

	pthread_mutex_lock(&db->lock);
	down = clock_monotonic_ms() < db->down_until_ms;
	pthread_mutex_unlock(&db->lock);
	return down;
}

void
pool_set_down(struct db *db)
{
	pthread_mutex_lock(&db->lock);
	db->down_until_ms = clock_monotonic_ms() + RECONNECT_MS;
	pthread_mutex_unlock(&db->lock);
}
