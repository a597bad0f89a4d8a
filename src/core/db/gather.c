#include "config.h"

#include <pthread.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/db/gather.h"
#include "core/db/pool.h"

#define ROWS_MAX 64
#define BATCH_BYTES (1024 * 1024)	/* a larger row goes alone */

struct member {
	struct waiter waiter;	/* first: the queue knows only these */
	const struct db_stmt *stmt;
	const struct db_param *row;
	size_t bytes;
	bool leads;
	bool alone;		/* the batch was refused: run again without the others */
	enum db_result result;
};

struct batch {
	const struct db_stmt *stmt;
	struct member *members[ROWS_MAX];	/* the leader first */
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

/* The leader, and who waits behind it with the same statement. */
static void
batch_take(struct gather *gather, struct batch *batch, struct member *leader)
{
	*batch = (struct batch) { .stmt = leader->stmt };
	batch_add(batch, leader);
	while (gather->waiting.first != NULL && batch->count < ROWS_MAX) {
		const struct member *next = (const struct member *)gather->waiting.first;

		if (next->stmt != batch->stmt || batch->bytes + next->bytes > BATCH_BYTES)
			return;
		batch_add(batch, (struct member *)waiters_pop(&gather->waiting));
	}
}

static enum db_result
batch_run(struct db *db, struct arena *arena, const struct batch *batch, struct db_rows *rows,
    struct db_error *error)
{
	struct db_param params[LIMIT_DB_PARAMS];
	const struct db_step step = { batch->stmt, params };
	const char *values[ROWS_MAX];

	for (int column = 0; column < batch->stmt->params; column++) {
		for (size_t i = 0; i < batch->count; i++)
			values[i] = batch->members[i]->row[column].value;
		params[column] = db_texts(arena, values, batch->count);
	}
	return db_run(db, arena, &step, 1, rows, error);
}

/* The next batch starts before this one's callers wake: its leader, or NULL when nobody waits. */
static struct waiter *
hand_on(struct gather *gather)
{
	struct member *next;

	if (gather->waiting.first == NULL) {
		gather->under_way = false;
		return NULL;
	}
	next = (struct member *)waiters_pop(&gather->waiting);
	next->leads = true;
	next->waiter.served = true;
	return &next->waiter;
}

/* After the unlock the members may be gone: only their semaphores stay. */
static void
batch_end(struct db *db, const struct batch *batch, enum db_result result)
{
	sem_t *woken[ROWS_MAX];
	size_t count = 0;
	struct waiter *next;

	pthread_mutex_lock(&db->lock);
	next = hand_on(&db->gather);
	if (next != NULL)
		woken[count++] = next->woken;
	for (size_t i = 1; i < batch->count; i++) {
		struct member *member = batch->members[i];

		member->result = result;
		member->alone = result == DB_RAISED;
		woken[count++] = member->waiter.woken;
		member->waiter.served = true;
	}
	pthread_mutex_unlock(&db->lock);
	for (size_t i = 0; i < count; i++)
		sem_post(woken[i]);
}

/* Until this caller leads or its row is written; false = the queue did not move in time. */
static bool
queue(struct db *db, struct member *self)
{
	bool served = true;

	pthread_mutex_lock(&db->lock);
	if (db->gather.under_way)
		served = waiters_wait(&db->gather.waiting, &self->waiter, &db->lock,
		    db->conf->database_timeout_ms);
	else
		db->gather.under_way = self->leads = true;
	pthread_mutex_unlock(&db->lock);
	return served;
}

static void
lead(struct db *db, struct arena *arena, struct member *self, struct db_rows *rows,
    struct db_error *error)
{
	struct batch batch;

	pthread_mutex_lock(&db->lock);
	batch_take(&db->gather, &batch, self);
	pthread_mutex_unlock(&db->lock);
	self->result = batch_run(db, arena, &batch, rows, error);
	self->alone = self->result == DB_RAISED && batch.count > 1;
	batch_end(db, &batch, self->result);
}

static enum db_result
run_alone(struct db *db, struct arena *arena, struct member *self, struct db_rows *rows,
    struct db_error *error)
{
	const struct batch batch = { .stmt = self->stmt, .members = { self }, .count = 1 };

	return batch_run(db, arena, &batch, rows, error);
}

enum db_result
db_gather(struct db *db, struct arena *arena, const struct db_stmt *stmt,
    const struct db_param *row, struct db_rows *rows, struct db_error *error)
{
	struct member self = { .stmt = stmt, .row = row, .bytes = row_bytes(stmt, row) };

	memset(rows, 0, sizeof(*rows));
	memset(error, 0, sizeof(*error));
	if (!queue(db, &self))
		return DB_UNAVAILABLE;
	if (self.leads)
		lead(db, arena, &self, rows, error);
	return self.alone ? run_alone(db, arena, &self, rows, error) : self.result;
}
