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

#include "core/base/waiters.h"
#include "core/db/gather.h"

struct conf;
struct db_stmt;

/* A connection or the place of one; `pg` is NULL while it is closed. */
struct db_conn {
	void *pg;			/* PGconn */
	int64_t used_ms;		/* monotonic time of the last return */
	struct db_conn *next;
};

struct db {
	const struct conf *conf;
	const char *name;			/* application_name */
	const struct db_stmt *const *stmts;	/* lists, NULL at the end */
	pthread_mutex_t lock;
	struct db_conn *idle;			/* newest first */
	struct waiters waiting;			/* for a connection */
	struct db_conn *conns;
	int64_t count;
	struct gather gather;
	int64_t down_until_ms;			/* after a failed connect nobody tries before */
};

void pool_init(struct db *db, int64_t connections);
void pool_release(struct db *db);

/* Waits up to the statement timeout for a place; NULL = none came free. */
struct db_conn *pool_take(struct db *db);
void pool_give(struct db *db, struct db_conn *conn);

/* After a failed connect: true while it is too early to try again. */
bool pool_down(struct db *db);
void pool_set_down(struct db *db);

#endif
