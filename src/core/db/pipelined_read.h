/*
 * Pipelined reads: one round trip for the reads of many callers.
 *
 * Under load most of the price of a short read is that nginx, a program and a
 * backend wake each other.  So the reads of callers that arrive while a batch is
 * under way are sent together in the next one (core/base/batcher.h), on one
 * connection, each its own transaction behind its own Sync.
 *
 * Only for calls whose every statement says so (db_stmt.pipelined).  A read that
 * takes long after all delays the others for BATCHER_WAIT_MS: then their callers
 * ask again on connections of their own, and the caller whose answer is awaited
 * reads on.  So a call may run twice, and none of its steps may write.
 */
#ifndef PURSER_DB_PIPELINED_READ_H
#define PURSER_DB_PIPELINED_READ_H

#include "core/db/conn.h"

struct db;

/* May these steps be sent together with those of other callers? */
bool pipelined_read_may(const struct db_step *steps, size_t count);

/*
 * Fills in the answer as conn_receive() does; false = the caller is to ask again,
 * on a connection of its own: others held it up, or their connection broke.
 */
bool pipelined_read_run(struct db *db, const struct db_step *steps, size_t count,
    int64_t deadline_ms, struct conn_answer *answer) MUST_CHECK;

#endif
