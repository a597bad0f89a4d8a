/*
 * The connections of a process.  Idle ones are taken last-in-first-out, so that
 * few backends stay warm.  When none is idle the callers queue, and a returned
 * connection is handed to the one that waited longest: nobody overtakes, so no
 * request starves while others are served.
 *
 * Only the connector, a thread of the pool's own, opens connections: resolving
 * names and reaching hosts that do not answer takes libpq as long as it takes,
 * and a caller waits until its deadline and no longer.
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
	struct db_conn *closed; /* places without a connection */
	struct waiters waiting; /* for a connection */
	struct db_conn *conns;
	int64_t count;
	int64_t open;               /* idle or borrowed */
	_Atomic int64_t retired_ms; /* connections opened before are not used again */
	int64_t down_until_ms;      /* after a failed connect nobody tries before */
	pthread_t connector;
	pthread_cond_t wanted; /* a connection is, or `closing` */
	bool started;          /* pool_start() has succeeded */
	bool connecting;       /* the connector has not ended */
	bool closing;
	struct batcher inserting; /* grouped_insert.c */
	struct batcher reading;   /* pipelined_read.c */
};

void pool_init(struct db *db, int64_t connections);

/*
 * The first connection, in the caller's thread, and then the connector; false = none, *why
 * says why.
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
 * A broken connection is closed.  So is an outdated one, and with it all that are
 * as old: none of them is lent again.
 */
void pool_return(struct db *db, struct db_conn *conn);

#endif
