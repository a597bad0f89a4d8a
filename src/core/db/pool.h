/*
 * The connection pool of a process.  Idle connections are taken last-in-first-out,
 * so that few backends are in use and their caches stay warm.  When none is idle
 * the callers queue, and a returned connection goes to the caller that has waited
 * longest, so no request starves.
 *
 * Only the connector, a thread of the pool, opens connections: resolving names and
 * connecting may block in libpq for longer than a caller's deadline.
 */
#ifndef PURSER_DB_POOL_H
#define PURSER_DB_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/batcher.h"
#include "core/base/waiters.h"
#include "core/db/conn.h"

struct db {
	struct conn_target target;
	pthread_mutex_t lock;
	struct db_conn *idle;   /* open ones, newest first */
	struct db_conn *closed; /* slots without a connection */
	struct waiters waiting; /* for a connection */
	struct db_conn *conns;
	int64_t count;
	int64_t open;               /* idle or borrowed */
	int64_t long_places;        /* taken, for statements that work on files */
	_Atomic int64_t retired_ms; /* connections opened before are not used again */
	int64_t down_until_ms;      /* after a failed connect no other is tried before */
	pthread_t connector;
	pthread_cond_t wanted; /* signalled when one is wanted, or `closing` is set */
	bool started;          /* pool_start() succeeded */
	bool connecting;       /* the connector has not ended */
	bool closing;
	struct batcher inserting; /* grouped_insert.c */
	struct batcher reading;   /* pipelined_read.c */
};

/* Makes the slots; opens no connection. */
void pool_init(struct db *db, int64_t connections);

/*
 * Opens the first connection in the caller's thread, then starts the connector; false =
 * failed, *why is the reason.
 */
bool pool_start(struct db *db, const char **why) MUST_CHECK;

/*
 * Closes everything that is not borrowed; false = the connector is stuck in a connect, and
 * the pool must stay.
 */
bool pool_stop(struct db *db) MUST_CHECK;

/*
 * An open connection; NULL = none came free in half of the time that is left, or there is
 * no server.
 */
struct db_conn *pool_borrow(struct db *db, int64_t deadline_ms);

/*
 * Returns a connection to the pool.  A broken one is closed.  An outdated one is closed too,
 * and so is every connection that was opened before it failed.
 */
void pool_return(struct db *db, struct db_conn *conn);

#endif
