/*
 * One round trip for the reads of many callers.
 *
 * A short read costs the database less than its waking up: under load most of a
 * request's price is that nginx, a worker and a backend wake each other.  So the
 * reads of callers that come while a round trip is under way travel together in
 * the next one (core/base/convoy.h), on one connection, each its own
 * transaction behind its own Sync.
 *
 * Only for statements that say so (db_stmt.quick): who travels behind a slow
 * one would wait for it.
 */
#ifndef PURSER_DB_SHARE_H
#define PURSER_DB_SHARE_H

#include "core/db/db.h"

/* Like db_run(), without repeats.  When the connection breaks, those behind get DB_UNAVAILABLE too. */
enum db_result share_run(struct db *db, struct arena *arena, const struct db_step *steps,
    size_t count, struct db_rows *rows, struct db_error *error) MUST_CHECK;

#endif
