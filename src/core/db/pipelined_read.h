/*
 * Pipelined reads: one round trip for the reads of many callers.
 *
 * Under load most of the cost of a short read is that nginx, a program and a
 * backend wake each other.  So the reads of callers that arrive while a batch
 * runs are sent together in the next one (core/base/batcher.h), on one
 * connection, each as its own transaction with its own Sync.
 *
 * Only for calls all of whose statements are DB_PIPELINED.  A slow read delays
 * the others for BATCHER_WAIT_MS.  Then their callers ask again on connections
 * of their own, and the caller of the slow read goes on reading.  So a call may
 * run twice, and none of its steps may write.
 */
#ifndef PURSER_DB_PIPELINED_READ_H
#define PURSER_DB_PIPELINED_READ_H

#include "core/db/conn.h"

struct db;

/* May these steps be sent together with those of other callers? */
bool pipelined_read_may(const struct db_step *steps, size_t count);

/*
 * Fills in the answer as conn_receive() does.  False = the caller must ask again on a
 * connection of its own: another read was slow, or the connection broke.
 */
bool pipelined_read_run(struct db *db, const struct db_step *steps, size_t count,
    int64_t deadline_ms, struct conn_answer *answer) MUST_CHECK;

#endif
