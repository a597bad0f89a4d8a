/* Connection pool: a LIFO stack of idle connections, a FIFO queue of waiters, a connector. */
#include "config.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/db/pool.h"

/* Pause after a failed connect; a restarted server is found within two seconds. */
#define RECONNECT_MS 100
/*
 * Connections are retired at most this often, for an error that new connections do not
 * cure.
 */
#define RETIRE_INTERVAL_MS 200
/*
 * A call waits for a connection for at most 1/WAIT_SHARE of its time.  A call that got one
 * shortly before its deadline would give up in the middle of its statement and break the
 * connection; under overload nearly every call would.
 */
#define WAIT_SHARE 2
/* How long pool_stop() waits for the connector, which may be in a slow connect. */
#define JOIN_MS 1000

struct pool_waiter {
	struct waiter waiter; /* first: the queue links these */
	struct db_conn *conn; /* NULL until one is handed over */
};

void
pool_init(struct db *db, int64_t connections)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&db->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&db->wanted, &attr);
	pthread_condattr_destroy(&attr);
	db->count = connections;
	db->conns = calloc((size_t)connections, sizeof(*db->conns));
	CHECK(db->conns != NULL);
	for (int64_t i = 0; i < connections; i++) {
		db->conns[i].next = db->closed;
		db->closed = &db->conns[i];
	}
}

/* --- lists, with the lock held ------------------------------------------------- */

static void
push(struct db_conn **list, struct db_conn *conn)
{
	conn->next = *list;
	*list = conn;
}

static struct db_conn *
pop(struct db_conn **list)
{
	struct db_conn *conn = *list;

	if (conn != NULL)
		*list = conn->next;
	return conn;
}

/*
 * Gives the connection, or NULL, to the first waiter; the caller wakes it after releasing
 * the lock.
 */
static struct pool_waiter *
hand_over(struct db *db, struct db_conn *conn)
{
	struct pool_waiter *first = (struct pool_waiter *)waiters_pop(&db->waiting);

	first->conn = conn;
	return first;
}

/* --- giving back ---------------------------------------------------------------- */

/* Gives an open connection to the first waiter, or to the idle ones. */
static void
give(struct db *db, struct db_conn *conn)
{
	struct pool_waiter *first = NULL;

	conn->used_ms = clock_monotonic_ms();
	pthread_mutex_lock(&db->lock);
	if (db->waiting.first != NULL)
		first = hand_over(db, conn);
	else
		push(&db->idle, conn);
	pthread_mutex_unlock(&db->lock);
	if (first != NULL)
		waiters_serve(&first->waiter, &db->lock);
}

/* Closes the connection; the connector opens another one when a caller waits. */
static void
give_closed(struct db *db, struct db_conn *conn)
{
	conn_close(conn);
	pthread_mutex_lock(&db->lock);
	db->open--;
	push(&db->closed, conn);
	if (db->waiting.first != NULL)
		pthread_cond_signal(&db->wanted);
	pthread_mutex_unlock(&db->lock);
}

static bool
is_retired(const struct db *db, const struct db_conn *conn)
{
	return conn->opened_ms < atomic_load(&db->retired_ms);
}

/* Marks all connections opened before now as outdated. */
static void
retire(struct db *db, const struct db_conn *conn)
{
	int64_t now_ms = clock_monotonic_ms();

	if (!is_retired(db, conn) && now_ms - atomic_load(&db->retired_ms) >= RETIRE_INTERVAL_MS)
		atomic_store(&db->retired_ms, now_ms);
}

void
pool_return(struct db *db, struct db_conn *conn)
{
	if (conn == NULL)
		return;
	if (conn->outdated)
		retire(db, conn);
	if (conn->broken || conn->outdated || is_retired(db, conn))
		give_closed(db, conn);
	else
		give(db, conn);
}

/* --- opening --------------------------------------------------------------------- */

/*
 * When no connection is open all waiters fail at once; else they wait for one that is
 * returned.
 */
static void
connect_failed(struct db *db, struct db_conn *conn)
{
	struct pool_waiter *first = NULL;
	bool down;

	pthread_mutex_lock(&db->lock);
	db->down_until_ms = clock_monotonic_ms() + RECONNECT_MS;
	push(&db->closed, conn);
	down = db->open == 0;
	pthread_mutex_unlock(&db->lock);
	while (down) {
		pthread_mutex_lock(&db->lock);
		first = db->waiting.first == NULL ? NULL : hand_over(db, NULL);
		pthread_mutex_unlock(&db->lock);
		if (first == NULL)
			return;
		waiters_serve(&first->waiter, &db->lock);
	}
}

/* Opens a connection for the pool; logs a failure. */
static void
connect_one(struct db *db, struct db_conn *conn)
{
	const char *why = NULL;

	if (conn_open(&db->target, conn, &why)) {
		pthread_mutex_lock(&db->lock);
		db->open++;
		pthread_mutex_unlock(&db->lock);
		give(db, conn);
		return;
	}
	log_event(LOG_LEVEL_ERROR, NULL, "cannot reach the database", "error", why, NULL);
	free((char *)why);
	connect_failed(db, conn);
}

/*
 * With the lock held: waits until a caller wants a connection and a slot is free; NULL = the
 * pool is closing.
 */
static struct db_conn *
next_wanted(struct db *db)
{
	while (!db->closing) {
		int64_t pause_ms = clock_left_ms(db->down_until_ms);

		if (db->waiting.first == NULL || db->closed == NULL) {
			pthread_cond_wait(&db->wanted, &db->lock);
		} else if (pause_ms > 0) {
			const struct timespec until = clock_monotonic_after(pause_ms);

			pthread_cond_timedwait(&db->wanted, &db->lock, &until);
		} else {
			return pop(&db->closed);
		}
	}
	return NULL;
}

static void *
connector_run(void *argument)
{
	struct db *db = argument;
	struct db_conn *conn;

	for (;;) {
		pthread_mutex_lock(&db->lock);
		conn = next_wanted(db);
		pthread_mutex_unlock(&db->lock);
		if (conn == NULL)
			break;
		connect_one(db, conn);
	}
	pthread_mutex_lock(&db->lock);
	db->connecting = false;
	pthread_cond_signal(&db->wanted);
	pthread_mutex_unlock(&db->lock);
	return NULL;
}

bool
pool_start(struct db *db, const char **why)
{
	struct db_conn *first = pop(&db->closed);
	sigset_t all, before;

	if (!conn_open(&db->target, first, why)) {
		push(&db->closed, first);
		return false;
	}
	db->started = true;
	db->open = 1;
	push(&db->idle, first);
	db->connecting = true;
	/* Signals are delivered only to the threads that wait for them. */
	sigfillset(&all);
	CHECK(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
	CHECK(pthread_create(&db->connector, NULL, connector_run, db) == 0);
	CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	return true;
}

static bool
connector_stop(struct db *db)
{
	const struct timespec until = clock_monotonic_after(JOIN_MS);
	bool stopped;

	pthread_mutex_lock(&db->lock);
	db->closing = true;
	pthread_cond_signal(&db->wanted);
	while (db->connecting && pthread_cond_timedwait(&db->wanted, &db->lock, &until) == 0)
		continue;
	stopped = !db->connecting;
	pthread_mutex_unlock(&db->lock);
	return stopped && pthread_join(db->connector, NULL) == 0;
}

bool
pool_stop(struct db *db)
{
	if (db->started && !connector_stop(db))
		return false;
	for (int64_t i = 0; i < db->count; i++)
		conn_close(&db->conns[i]);
	free(db->conns);
	pthread_cond_destroy(&db->wanted);
	pthread_mutex_destroy(&db->lock);
	return true;
}

/* --- borrowing -------------------------------------------------------------------- */

/* An idle connection, or one that is returned or opened before the deadline. */
static struct db_conn *
take(struct db *db, int64_t deadline_ms)
{
	struct pool_waiter self = { .conn = NULL };
	bool served = true;

	pthread_mutex_lock(&db->lock);
	self.conn = pop(&db->idle);
	if (self.conn == NULL && (db->open > 0 || clock_left_ms(db->down_until_ms) == 0)) {
		if (db->closed != NULL)
			pthread_cond_signal(&db->wanted);
		served =
		    waiters_wait(&db->waiting, &self.waiter, &db->lock, clock_left_ms(deadline_ms));
	}
	pthread_mutex_unlock(&db->lock);
	if (!served)
		log_event(LOG_LEVEL_WARN, NULL,
		    "no database connection free in time, see database_connections", NULL);
	return self.conn;
}

struct db_conn *
pool_borrow(struct db *db, int64_t deadline_ms)
{
	int64_t wait_until_ms = clock_monotonic_ms() + clock_left_ms(deadline_ms) / WAIT_SHARE;
	struct db_conn *conn;

	while ((conn = take(db, wait_until_ms)) != NULL) {
		if (!is_retired(db, conn) && !conn_stale(conn))
			return conn;
		give_closed(db, conn);
	}
	return NULL;
}
