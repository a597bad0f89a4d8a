/*
 * Job engine: leased work in the database, done by a pool of threads.
 *
 * Each kind of job is a row in its module's table, and one file.  The rows of the domain are
 * the queue: a claim takes a lease on one of them (skipping locked rows), the job calls
 * upstream with no transaction open, and settles the row.  Leases of a process that died are
 * released when its successor starts, or expire.
 */
#ifndef PURSER_CORE_JOBS_JOB_H
#define PURSER_CORE_JOBS_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/db/db.h"

struct arena;
struct conf;
struct job;
struct job_thread;

struct module;

#define MINUTE_MS 60000

struct job_kind {
	/*
	 * "payments.checkout": payments_checkout_job() in payments/checkout_job.c; NULL
	 * ends the table
	 */
	const char *name;
	int threads;
	int64_t interval_ms; /* 0 = jobs_poll_ms, and when wake_jobs() is called */
	int64_t lease_ms;    /* minimum; longer when the configured timeouts are */
	/* delays after the 1st, 2nd, … failure, the last one repeats; ends with 0 */
	const int *retry_s;
	bool (*run)(struct job *job); /* claims and works; false = there was nothing to do */
};

/* What a thread passes to its job. */
struct job {
	const struct job_kind *kind;
	const struct module *const *modules; /* of the program */
	const struct conf *conf;
	struct db *db;
	const char *holder; /* of leases: "<instance>:jobs/<kind>/<thread>" */
	struct job_thread *thread;
	int64_t lease_end_ms; /* monotonic; what this turn claims is its own until then */
	bool leases_left;     /* after the turn: a claim's answer was lost, or it ended early */
	struct arena *arena;  /* reset after each run */
};

/* The statements of this file, prepared beside those of the kinds. */
extern const struct db_stmt *const job_engine_stmts[];

/* How long a claim of the kind leases its row. */
int64_t job_kind_lease_ms(const struct job_kind *kind, const struct conf *conf);

struct job_pool;

/* Starts the threads of every kind of the modules (NULL at the end). */
struct job_pool *job_pool_start(const struct module *const *modules, const struct conf *conf,
    struct db *db, const char *holder);

/* Wakes one thread of each kind that has no interval of its own: there may be work. */
void job_pool_wake(struct job_pool *pool);

/*
 * Liveness: true while every thread that works begins its next turn or statement within twice
 * the lease of its kind, and every thread that polls comes back to poll.  A turn of many
 * statements may take any time.
 */
bool job_pool_moves(const struct job_pool *pool);

/* Waits for running jobs to end; false = some were still busy at the deadline. */
bool job_pool_drain(struct job_pool *pool, int64_t deadline_ms);

/* One statement as one transaction; NULL = it failed and the log says why (the lease will end). */
const struct db_rows *job_sql(struct job *job, const struct db_stmt *stmt,
    const struct db_param *params) MUST_CHECK;

/* The same as a tenant's principal: row-level security applies. */
const struct db_rows *job_sql_as(struct job *job, const char *tenant, const char *principal,
    const struct db_stmt *stmt, const struct db_param *params) MUST_CHECK;

/* Several statements as one transaction: the rows of the last one. */
const struct db_rows *job_steps(struct job *job, const struct db_step *steps,
    size_t count) MUST_CHECK;

/*
 * For a job to call between two pieces of a turn, each of at most one upstream call and two
 * statements.  False = end the turn: the process is to stop, or the lease could expire during
 * another piece.  What the turn has claimed and not settled is then returned.
 */
bool job_goes_on(struct job *job) MUST_CHECK;

/* Is the process to stop?  For a job whose turn has leases of its own. */
bool job_is_stopping(const struct job *job) MUST_CHECK;

/* Wakes the other kinds before their next poll, when this job made work for them. */
void job_wake_jobs(const struct job *job);

/* The holder and the lease, the first parameters of every claim. */
struct db_param job_holder(const struct job *job);
struct db_param job_lease(struct job *job);

/*
 * The claim of a kind that calls Stripe for one row at a time: $1 is the holder, $2 the lease, $3
 * the accounts with a key, whose rows are claimed.  NULL = there is nothing due, or the statement
 * failed.
 */
const struct db_rows *job_claim(struct job *job, const struct db_stmt *stmt) MUST_CHECK;

/* Runs the step as the tenant_id and user_id of the claimed row. */
const struct db_rows *job_settle(struct job *job, const struct db_rows *row,
    struct db_step step) MUST_CHECK;

/* Back-off after `attempts` failed ones, with up to a fifth of jitter. */
int64_t job_delay_ms(const struct job *job, int64_t attempts);

/* Back-off of kinds that call upstream: from a second to an hour. */
extern const int job_retry_upstream_s[];

#endif
