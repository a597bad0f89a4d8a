/*
 * The connections of a process.  Idle ones are taken last-in-first-out, so that
 * few backends stay warm.  When none is idle the callers queue, and a returned
 * connection is handed to the one that waited longest: nobody overtakes, so no
 * request starves while others are served.
 */
#ifndef PURSER_DB_POOL_H
#define PURSER_DB_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/convoy.h"
#include "core/base/waiters.h"
#include "core/db/db.h"

struct conf;
struct db_conn;

struct db {
	const struct conf *conf;
	const char *name;			/* application_name */
	const struct db_stmt *const *stmts;	/* lists, NULL at the end */
	pthread_mutex_t lock;
	struct db_conn *idle;			/* newest first */
	struct waiters waiting;			/* for a connection */
	struct db_conn *conns;
	int64_t count;
	struct convoy gathering;		/* gather.c */
	struct convoy sharing;			/* share.c */
	int64_t down_until_ms;			/* after a failed connect nobody tries before */
};

void pool_init(struct db *db, int64_t connections);
void pool_release(struct db *db);

/* An open connection; waits up to the statement timeout for one. NULL = none came free, or no server. */
struct db_conn *pool_borrow(struct db *db);

/* After DB_UNAVAILABLE it is closed: in an unknown state it is of no use to the next caller. */
void pool_return(struct db *db, struct db_conn *conn, enum db_result outcome);

#endif
