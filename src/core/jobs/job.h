/*
 * The engine of the background: each kind of job is a row in its module's table and one file.
 * The rows of the domain are the to-do list: a claim takes a lease on one of
 * them (for update skip locked), the work calls upstream without a transaction
 * open, and settles.  Leases of a process that died are given back when its
 * successor starts, or end by time.
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
	int64_t lease_ms;    /* at least; longer when slow calls are configured */
	/* delays after the 1st, 2nd, … failure, the last one repeats; ends with 0 */
	const int *retry_s;
	bool (*run)(struct job *job); /* claims and works; false = there was nothing to do */
};

/* One thread's view while it runs. */
struct job {
	const struct job_kind *kind;
	const struct module *const *modules; /* of the program */
	const struct conf *conf;
	struct db *db;
	const char *holder; /* of leases: "<instance>:jobs/<kind>/<thread>" */
	struct job_thread *thread;
	int64_t lease_end_ms; /* monotonic; what this turn claims is its own until then */
	bool leases_left;     /* after a turn: an answer did not come, or it ended early */
	struct arena *arena;  /* reset after each run */
};

/* The statements of this file, prepared beside those of the kinds. */
extern const struct db_stmt *const job_engine_stmts[];

struct job_pool;

/* Starts the threads of every kind of the modules (NULL at the end). */
struct job_pool *job_pool_start(const struct module *const *modules, const struct conf *conf,
    struct db *db, const char *holder);

/* There may be work: wakes one thread of each kind that has no interval of its own. */
void job_pool_wake(struct job_pool *pool);

/*
 * True while every thread keeps its time: one that works begins its next turn or statement within
 * twice the lease of its kind, one that polls comes back to poll.  A turn of many statements may
 * take any time.
 */
bool job_pool_moves(const struct job_pool *pool);

/* Lets running jobs end; false when some were still busy at the deadline. */
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
 * Asked between two pieces of a turn, each of at most one upstream call and two statements.
 * False = the process is to stop, or the lease could end during another piece: the turn ends, and
 * what it has claimed and not settled is given back.
 */
bool job_goes_on(struct job *job) MUST_CHECK;

/* What this job did is work for another kind: wakes them without waiting for their poll. */
void job_wake_jobs(const struct job *job);

/* The holder and lease with which every claim begins. */
struct db_param job_holder(const struct job *job);
struct db_param job_lease(struct job *job);

/*
 * The claim of a kind that works on one row at a time: $1 is the holder, $2 the lease.  NULL =
 * there is nothing due, or the statement failed.
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
