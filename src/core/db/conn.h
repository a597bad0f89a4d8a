/*
 * One connection in libpq's pipeline mode.  All steps of a call travel in one
 * flush and are one implicit transaction; several calls may be sent before the
 * first one's answer is read, each committed by its own Sync.
 *
 * The connection is one stream of answers for many callers, and this file owns
 * its end: an answer is handed over only when everything between two Syncs is
 * what its caller sent for, and says whose it is (db_step.nonce).  Anything else
 * makes the connection broken, and nothing more is read from it.
 *
 * Nothing here blocks: every wait has a time to which it lasts.
 */
#ifndef PURSER_DB_CONN_H
#define PURSER_DB_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/db/value.h"

struct conf;

/* The database, and what every connection to it prepares. */
struct conn_target {
	const struct conf *conf;
	const char *name;                          /* application_name */
	const struct db_stmt *const *const *stmts; /* lists, NULL at the end of each and of all */
};

/* A connection or the place of one; `pg` is NULL while it is closed. */
struct db_conn {
	void *pg;    /* PGconn */
	bool broken; /* in an unknown state: of no use to a next caller */
	/* a statement failed because the database is another one now */
	bool outdated;
	bool ended;        /* the last thing read was the end of a step's results */
	int64_t opened_ms; /* monotonic time */
	int64_t used_ms;   /* monotonic time of the last return */
	struct db_conn *next;
};

/* Undoes the open transaction by raising: every connection has it prepared. */
extern const struct db_stmt conn_rollback;

/*
 * One call's answer while it arrives.  It owns its results until conn_take() or
 * conn_answer_clear().
 */
struct conn_answer {
	uint64_t nonces[LIMIT_DB_STEPS]; /* of the steps, 0 = none */
	size_t count;
	bool commit;           /* a Sync stands behind the steps */
	bool pipelined;        /* other callers' answers follow */
	enum db_result result; /* when the answer is complete */
	/* PGresult of each step that ran; of an error the last one */
	void *results[LIMIT_DB_STEPS];
	size_t got; /* results */
	/* PGresult of what failed, one of the results or of the commit */
	void *error;
	size_t passed; /* steps whose answer has come, aborted ones too */
};

/*
 * Connects and prepares every statement, which may take seconds; false = not, and *why (to
 * be freed) says why.
 */
bool conn_open(const struct conn_target *target, struct db_conn *conn, const char **why) MUST_CHECK;
void conn_close(struct db_conn *conn);

/* A server that was restarted has closed our idle connections: see it before we send. */
bool conn_stale(const struct db_conn *conn);

/*
 * SQLSTATEs of statements that are fine and whose connection is not: load.sql
 * replaced what was prepared (0A000 a result type, 26000 the statement, XX000
 * "cache lookup failed", 42… and 3F000 a function, table or column that is there
 * again after the next transaction), or the server has become a standby (25006).
 */
bool conn_is_outdated(const char *sqlstate);

/* What stands behind the steps of a call. */
enum conn_end {
	CONN_OPEN,      /* nothing: the transaction stays open for another call */
	CONN_COMMIT,    /* the Sync that commits */
	CONN_PIPELINED, /* the same, and other callers' steps: reads only */
};

/* Begins to send the steps; conn_receive() goes on with it. */
void conn_send(struct db_conn *conn, const struct db_step *steps, size_t count, enum conn_end end,
    struct conn_answer *answer);

/*
 * Reads on until the answer is complete; false = it is not at until_ms, call
 * again.  On a broken connection the answer is complete, with DB_UNAVAILABLE.
 */
bool conn_receive(struct db_conn *conn, struct conn_answer *answer, int64_t until_ms) MUST_CHECK;

/* Reads no further: the answer did not come in time, and the connection is broken. */
void conn_give_up(struct db_conn *conn, struct conn_answer *answer);

/* Hands a complete answer over to the caller: rows of each step, or the error. */
enum db_result conn_take(struct conn_answer *answer, struct arena *arena, struct db_rows *rows,
    struct db_error *error);
void conn_answer_clear(struct conn_answer *answer);

#endif
