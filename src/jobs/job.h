/*
 * The background: each kind of job is one row in main.c's table and one file.
 * The rows of the domain are the to-do list: a claim takes a lease on one of
 * them (for update skip locked), the work calls outside without a transaction
 * open, and settles.  Leases of a process that died are given back when its
 * successor starts, or end by time.
 */
#ifndef PURSER_JOBS_JOB_H
#define PURSER_JOBS_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/db/db.h"

struct arena;
struct conf;
struct job;

struct job_kind {
	const char *name;		/* NULL ends the table */
	int threads;
	int64_t interval_ms;		/* 0 = jobs_poll_ms and the doorbell */
	int64_t lease_ms;
	const int *retry_s;		/* delays after the 1st, 2nd, … failure, the last one repeats; ends with 0 */
	bool (*run)(struct job *job);	/* claims and works; false = there was nothing to do */
};

/* One thread's view while it runs. */
struct job {
	const struct job_kind *kind;
	const struct conf *conf;
	struct db *db;
	const char *holder;	/* of leases: "<instance>:jobs/<kind>/<thread>" */
	bool lost;		/* an answer did not come: we may hold a lease that we do not know of */
	struct arena *arena;	/* reset after each run */
};

/* The statements of this file, prepared beside those of the kinds. */
extern const struct db_stmt job_stmts[];

struct job_pool;

/* Starts the threads of every kind. */
struct job_pool *job_pool_start(const struct job_kind *kinds, const struct conf *conf,
    struct db *db, const char *holder);

/* There may be work: wakes one thread of each kind that has no interval of its own. */
void job_pool_wake(struct job_pool *pool);

/*
 * True while every thread keeps its time: one that works comes back within twice the lease of its
 * kind (after one lease others may take its work), one that polls comes back to poll.
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

/* What this job did is work for another kind: wakes them without waiting for their poll. */
void job_ring(const struct job *job);

/* The holder and lease with which every claim begins. */
struct db_param job_holder(const struct job *job);
struct db_param job_lease(struct job *job);

/* Delay before the next try after `attempts` failed ones, with up to a fifth of jitter. */
struct db_param job_delay(struct job *job, int64_t attempts);

#endif
