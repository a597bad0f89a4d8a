#include "config.h"

#include "core/base/conf.h"
#include "core/base/convoy.h"
#include "core/db/conn.h"
#include "core/db/pool.h"
#include "core/db/share.h"

#define CALLERS_MAX 32

struct member {
	struct convoy_member convoy;	/* first */
	struct arena *arena;		/* the caller's: its rows go there */
	const struct db_step *steps;
	size_t count;
	struct db_rows *rows;
	struct db_error *error;
	enum db_result result;
};

struct batch {
	struct member *members[CALLERS_MAX];	/* the leader first */
	size_t count;
};

/* With the lock held: the leader, and who waits behind it. */
static void
batch_take(struct convoy *sharing, struct batch *batch, struct member *leader)
{
	batch->members[0] = leader;
	batch->count = 1;
	while (convoy_first(sharing) != NULL && batch->count < CALLERS_MAX)
		batch->members[batch->count++] = (struct member *)convoy_next(sharing);
}

static bool
batch_send(struct db_conn *conn, const struct batch *batch)
{
	bool sent = conn != NULL;

	for (size_t i = 0; i < batch->count && sent; i++)
		sent = conn_send(conn, batch->members[i]->steps, batch->members[i]->count, true);
	return sent;
}

/* Each passenger leaves as soon as its own rows are there. */
static enum db_result
batch_receive(struct db *db, struct db_conn *conn, const struct batch *batch, bool sent)
{
	enum db_result outcome = sent ? DB_OK : DB_UNAVAILABLE;
	int64_t deadline_ms = conn_deadline_ms(db);

	for (size_t i = 0; i < batch->count; i++) {
		struct member *m = batch->members[i];

		if (outcome != DB_UNAVAILABLE)
			outcome = conn_receive(conn, m->arena, m->count, m->rows, m->error, true,
			    deadline_ms);
		m->result = outcome;
		if (i > 0)
			convoy_serve(&m->convoy, &db->lock);
	}
	return outcome;
}

static void
lead(struct db *db, const struct batch *batch)
{
	struct db_conn *conn = pool_borrow(db);
	bool sent = batch_send(conn, batch);

	pool_return(db, conn, batch_receive(db, conn, batch, sent));
	convoy_end(&db->sharing, &db->lock);
}

enum db_result
share_run(struct db *db, struct arena *arena, const struct db_step *steps, size_t count,
    struct db_rows *rows, struct db_error *error)
{
	struct member self = { .arena = arena, .steps = steps, .count = count, .rows = rows,
		.error = error, .result = DB_UNAVAILABLE };
	struct batch batch;
	bool leads;

	pthread_mutex_lock(&db->lock);
	leads = convoy_join(&db->sharing, &self.convoy, &db->lock, CALLERS_MAX,
	    db->conf->database_timeout_ms);
	if (leads)
		batch_take(&db->sharing, &batch, &self);
	pthread_mutex_unlock(&db->lock);
	if (leads)
		lead(db, &batch);
	return self.result;
}
