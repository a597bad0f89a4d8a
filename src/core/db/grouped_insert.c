/* Group commit of rows: the leader inserts the rows of all members by one statement. */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/batcher.h"
#include "core/base/limits.h"
#include "core/db/grouped_insert.h"
#include "core/db/pool.h"

#define ROWS_MAX 64
#define BATCH_BYTES (1024 * 1024) /* a larger row is written alone */

struct member {
	struct batcher_member batcher; /* first */
	const struct db_stmt *stmt;
	const struct db_param *row;
	size_t bytes;
	enum db_result result;
	/* the batch was refused: run again without the others, if time is left */
	bool alone;
};

struct batch {
	struct member *members[ROWS_MAX]; /* the leader first */
	size_t count;
	size_t bytes;
};

static size_t
row_bytes(const struct db_stmt *stmt, const struct db_param *row)
{
	size_t bytes = 0;

	for (int i = 0; i < stmt->params; i++)
		bytes += row[i].value == NULL ? 0 : strlen(row[i].value);
	return bytes;
}

static void
batch_add(struct batch *batch, struct member *member)
{
	batch->members[batch->count++] = member;
	batch->bytes += member->bytes;
}

/* With the lock held: the leader, and the callers next in the queue with the same statement. */
static void
batch_take(struct batcher *inserting, struct batch *batch, struct member *leader)
{
	const struct member *next;

	batch_add(batch, leader);
	while ((next = (struct member *)batcher_first(inserting)) != NULL &&
	    next->stmt == leader->stmt && batch->count < ROWS_MAX &&
	    batch->bytes + next->bytes <= BATCH_BYTES)
		batch_add(batch, (struct member *)batcher_next(inserting));
}

static enum db_result
batch_run(struct db *db, struct arena *arena, const struct batch *batch, int64_t deadline_ms,
    struct db_rows *rows, struct db_error *error)
{
	const struct db_stmt *stmt = batch->members[0]->stmt;
	struct db_param params[LIMIT_DB_PARAMS];
	const struct db_step step = { .stmt = stmt, .params = params };
	const struct db_param *table[ROWS_MAX];

	for (size_t i = 0; i < batch->count; i++)
		table[i] = batch->members[i]->row;
	db_columns(arena, table, batch->count, stmt->params, params);
	return db_run(db, arena, &step, 1, deadline_ms, rows, error);
}

/*
 * Did the database refuse the batch (an error raised, a lock timeout, out of memory)?  Then
 * nothing took effect, and a single row may be the cause.
 */
static bool
is_refused(enum db_result result, const struct db_error *error)
{
	return result == DB_RAISED || (result == DB_UNAVAILABLE && error->sqlstate[0] != '\0');
}

/* Runs the batch.  The next batch begins before the callers of this one wake. */
static void
lead(struct db *db, struct arena *arena, const struct batch *batch, int64_t deadline_ms,
    struct db_rows *rows, struct db_error *error)
{
	struct member *self = batch->members[0];

	self->result = batch_run(db, arena, batch, deadline_ms, rows, error);
	self->alone = is_refused(self->result, error) && batch->count > 1;
	batcher_end(&db->inserting, &db->lock);
	for (size_t i = 1; i < batch->count; i++) {
		batch->members[i]->result = self->result;
		batch->members[i]->alone = self->alone;
		batcher_serve(&batch->members[i]->batcher, &db->lock);
	}
}

static enum db_result
run_alone(struct db *db, struct arena *arena, struct member *self, int64_t deadline_ms,
    struct db_rows *rows, struct db_error *error)
{
	const struct batch batch = { .members = { self }, .count = 1 };

	return batch_run(db, arena, &batch, deadline_ms, rows, error);
}

enum db_result
db_grouped_insert(struct db *db, struct arena *arena, const struct db_stmt *stmt,
    const struct db_param *row, int64_t deadline_ms, struct db_rows *rows, struct db_error *error)
{
	struct member self = { .stmt = stmt,
		.row = row,
		.bytes = row_bytes(stmt, row),
		.result = DB_UNAVAILABLE };
	struct batch batch = { .count = 0 };
	enum batcher_place place;

	memset(rows, 0, sizeof(*rows));
	memset(error, 0, sizeof(*error));
	pthread_mutex_lock(&db->lock);
	place = batcher_join(&db->inserting, &self.batcher, &db->lock, ROWS_MAX);
	if (place == BATCHER_LEADS)
		batch_take(&db->inserting, &batch, &self);
	else if (place == BATCHER_TAKEN)
		waiters_wait_served(&self.batcher.waiter, &db->lock);
	pthread_mutex_unlock(&db->lock);
	if (place == BATCHER_LEADS)
		lead(db, arena, &batch, deadline_ms, rows, error);
	return self.alone ? run_alone(db, arena, &self, deadline_ms, rows, error) : self.result;
}
