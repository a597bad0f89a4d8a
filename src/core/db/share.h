/*
 * Pipelined reads: one round trip for the reads of many callers.
 *
 * A short read costs the database less than its waking up: under load most of a
 * request's price is that nginx, a worker and a backend wake each other.  So the
 * reads of callers that arrive while a round trip is under way travel together
 * in the next one (core/base/convoy.h), on one connection, each its own
 * transaction behind its own Sync.
 *
 * Only for calls whose every statement says so (db_stmt.quick).  A read that
 * takes long after all delays the others for CONVOY_PATIENCE_MS: then they ask
 * again on their own connections, and the caller whose answer is awaited reads
 * on.  So a call may run twice, and none of its steps may write.
 */
#ifndef PURSER_DB_SHARE_H
#define PURSER_DB_SHARE_H

#include "core/db/conn.h"
#include "core/db/db.h"

/* May these steps travel with others'? */
bool share_may(const struct db_step *steps, size_t count);

/*
 * Fills in the answer as conn_receive() does; false = the caller is to ask again,
 * on a connection of its own: others held it up, or their connection broke.
 */
bool share_run(struct db *db, const struct db_step *steps, size_t count, int64_t deadline_ms,
    struct conn_answer *answer) MUST_CHECK;

#endif
