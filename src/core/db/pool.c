#include "config.h"

#include <stdlib.h>

#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/db/conn.h"
#include "core/db/pool.h"

/* Short enough that a restarted server is found within two seconds. */
#define RECONNECT_MS 100

struct pool_waiter {
	struct waiter waiter;	/* first: the queue knows only these */
	struct db_conn *conn;	/* NULL until one is handed over */
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

static struct db_conn *
take(struct db *db)
{
	struct pool_waiter self = { .conn = NULL };

	pthread_mutex_lock(&db->lock);
	self.conn = db->idle;
	if (self.conn != NULL)
		db->idle = self.conn->next;
	else if (!waiters_wait(&db->waiting, &self.waiter, &db->lock,
	    db->conf->database_timeout_ms))
		self.conn = NULL;
	pthread_mutex_unlock(&db->lock);
	return self.conn;
}

static void
give(struct db *db, struct db_conn *conn)
{
	struct pool_waiter *first = NULL;

	conn->used_ms = clock_monotonic_ms();
	pthread_mutex_lock(&db->lock);
	if (db->waiting.first != NULL) {
		first = (struct pool_waiter *)waiters_pop(&db->waiting);
		first->conn = conn;
	} else {
		conn->next = db->idle;
		db->idle = conn;
	}
	pthread_mutex_unlock(&db->lock);
	if (first != NULL)
		waiters_serve(&first->waiter, &db->lock);
}

/* After a failed connect nobody tries again for a moment. */
static bool
is_down(struct db *db)
{
	bool down;

	pthread_mutex_lock(&db->lock);
	down = clock_monotonic_ms() < db->down_until_ms;
	pthread_mutex_unlock(&db->lock);
	return down;
}

static void
set_down(struct db *db)
{
	pthread_mutex_lock(&db->lock);
	db->down_until_ms = clock_monotonic_ms() + RECONNECT_MS;
	pthread_mutex_unlock(&db->lock);
}

struct db_conn *
pool_borrow(struct db *db)
{
	struct db_conn *conn = take(db);
	const char *why = NULL;

	if (conn == NULL) {
		log_event(LOG_LEVEL_WARN, NULL, "no database connection came free", NULL);
		return NULL;
	}
	if (conn->pg != NULL && conn_stale(conn))
		conn_close(conn);
	if (conn->pg != NULL)
		return conn;
	if (!is_down(db)) {
		if (conn_open(db, conn, &why))
			return conn;
		set_down(db);
		log_event(LOG_LEVEL_ERROR, NULL, "cannot reach the database", "error", why, NULL);
		free((char *)why);
	}
	give(db, conn);
	return NULL;
}

void
pool_return(struct db *db, struct db_conn *conn, enum db_result outcome)
{
	if (conn == NULL)
		return;
	if (outcome == DB_UNAVAILABLE)
		conn_close(conn);
	give(db, conn);
}
