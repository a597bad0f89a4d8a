/*
 * One statement for the rows of many callers.
 *
 * A row that is written alone costs its round trip, its transaction and its
 * commit, and under load these are most of its price.  So the rows of callers
 * that come while a transaction is under way are written together by the next
 * one (core/base/batcher.h).
 *
 * The statement takes one text[] a column; the i-th elements are one row.
 */
#ifndef PURSER_DB_GROUPED_INSERT_H
#define PURSER_DB_GROUPED_INSERT_H

#include "core/db/db.h"

/*
 * Writes the row and commits.  `row` has stmt->params texts (db_text, NULL = SQL
 * null).  On DB_OK the row is committed; the statement's answer, which is about
 * all rows, goes to one of the callers, and the others have rows->count 0.
 *
 * A statement that the database refuses is run again for each row alone, so
 * that no row fails for another one's sake.
 */
enum db_result db_grouped_insert(struct db *db, struct arena *arena, const struct db_stmt *stmt,
    const struct db_param *row, int64_t deadline_ms, struct db_rows *rows,
    struct db_error *error) MUST_CHECK;

#endif
