/*
 * One connection.  All steps of a call travel in one flush and are one implicit
 * transaction (libpq pipeline mode); several calls may be sent before the first
 * one's answer is read, each committed by its own Sync.
 */
#ifndef PURSER_DB_CONN_H
#define PURSER_DB_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/db/db.h"

/* A connection or the place of one; `pg` is NULL while it is closed. */
struct db_conn {
	void *pg;			/* PGconn */
	int64_t used_ms;		/* monotonic time of the last return */
	struct db_conn *next;
};

/* Undoes the open transaction by raising: every connection has it prepared. */
extern const struct db_stmt conn_rollback;

/* Connects and prepares every statement; false = not, and *why (to be freed) says why. */
bool conn_open(struct db *db, struct db_conn *conn, const char **why) MUST_CHECK;
void conn_close(struct db_conn *conn);

/* A server that was restarted has closed our idle connections: see it before we send. */
bool conn_stale(const struct db_conn *conn);

/* Until when a call that is sent now is waited for. */
int64_t conn_deadline_ms(const struct db *db);

/* Sends the steps, with the Sync behind them when `commit`; false = the connection is broken. */
bool conn_send(struct db_conn *conn, const struct db_step *steps, size_t count, bool commit)
    MUST_CHECK;

/* Reads the answers of what was sent so; after DB_UNAVAILABLE the connection is of no use. */
enum db_result conn_receive(struct db_conn *conn, struct arena *arena, size_t count,
    struct db_rows *rows, struct db_error *error, bool commit, int64_t deadline_ms) MUST_CHECK;

#endif
