/*
 * Group commit: one statement inserts the rows of many callers.
 *
 * A row that is written alone costs a round trip, a transaction and a commit.
 * Under load these are most of its cost.  So rows of callers that arrive while a
 * transaction runs are written together by the next one (core/base/batcher.h).
 *
 * The statement takes one text[] per column; the i-th elements are one row.
 */
#ifndef PURSER_DB_GROUPED_INSERT_H
#define PURSER_DB_GROUPED_INSERT_H

#include "core/db/db.h"

/*
 * Writes the row and commits.  `row` has stmt->params texts (db_text, NULL = SQL
 * null).  On DB_OK the row is committed.  The statement's result is about all rows
 * of the batch: one caller gets it, the others have rows->count 0.
 *
 * A batch that the database refuses is repeated row by row, so that no row fails
 * because of another.
 */
enum db_result db_grouped_insert(struct db *db, struct arena *arena, const struct db_stmt *stmt,
    const struct db_param *row, int64_t deadline_ms, struct db_rows *rows,
    struct db_error *error) MUST_CHECK;

#endif
