/*
 * One connection in libpq's pipeline mode.  All steps of a call travel in one
 * flush and are one implicit transaction; several calls may be sent before the
 * first one's answer is read, each committed by its own Sync.
 *
 * The connection carries one stream of results for many callers.  An answer is
 * handed over only when all results between two Syncs match the caller's steps
 * and carry their nonces (db_step.nonce).  Anything else makes the connection
 * broken, and nothing more is read from it.
 *
 * Sending and receiving never wait without a time limit.
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

/* A slot of the pool; `pg` is NULL while the connection is closed. */
struct db_conn {
	void *pg;    /* PGconn */
	bool broken; /* in an unknown state: not used again */
	/* a statement failed because the schema or the role of the server has changed */
	bool outdated;
	bool ended;        /* the last thing read was the end of a step's results */
	int64_t opened_ms; /* monotonic time */
	int64_t used_ms;   /* monotonic time of the last return */
	struct db_conn *next;
};

/*
 * One call's answer while it arrives.  It owns its results until conn_take() or
 * conn_answer_clear().
 */
struct conn_answer {
	uint64_t nonces[LIMIT_DB_STEPS]; /* of the steps, 0 = none */
	size_t count;
	bool commit;           /* a Sync follows the steps */
	bool pipelined;        /* other callers' answers follow */
	enum db_result result; /* when the answer is complete */
	/* PGresult of each step that ran; the last one may be an error */
	void *results[LIMIT_DB_STEPS];
	size_t got; /* results */
	/* PGresult of the error: one of the results, or of the commit */
	void *error;
	size_t passed; /* steps that were answered, aborted ones too */
};

/*
 * Connects and prepares every statement; may take seconds.  False = failed; *why is the
 * reason, which the caller frees.
 */
bool conn_open(const struct conn_target *target, struct db_conn *conn, const char **why) MUST_CHECK;
void conn_close(struct db_conn *conn);

/* Has the server closed this idle connection (by a restart)?  To be asked before sending. */
bool conn_stale(const struct db_conn *conn);

/*
 * SQLSTATEs of good statements on an outdated connection: load.sql replaced what was
 * prepared (0A000 a result type, 26000 the statement, XX000 "cache lookup failed", 42… and
 * 3F000 a function, table or column that exists again after the next transaction), or the
 * server has become a standby (25006).
 */
bool conn_is_outdated(const char *sqlstate);

/* What follows the steps of a call. */
enum conn_end {
	CONN_OPEN,      /* nothing: the transaction stays open for another call */
	CONN_COMMIT,    /* the Sync that commits */
	CONN_PIPELINED, /* a Sync, then other callers' steps: reads only */
};

/* Sends as much of the steps as does not block; conn_receive() sends the rest. */
void conn_send(struct db_conn *conn, const struct db_step *steps, size_t count, enum conn_end end,
    struct conn_answer *answer);

/*
 * Reads until the answer is complete; false = it is not complete at until_ms: call again.
 * On a broken connection the answer is complete, with DB_UNAVAILABLE.
 */
bool conn_receive(struct db_conn *conn, struct conn_answer *answer, int64_t until_ms) MUST_CHECK;

/* Gives up an answer that did not come in time, and with it the connection. */
void conn_give_up(struct db_conn *conn, struct conn_answer *answer);

/* Hands a complete answer over to the caller: rows of each step, or the error. */
enum db_result conn_take(struct conn_answer *answer, struct arena *arena, struct db_rows *rows,
    struct db_error *error);
void conn_answer_clear(struct conn_answer *answer);

#endif
