/* Job engine: the threads of each kind, their leases, and their liveness. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/auth/auth.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/fault.h"
#include "core/base/log.h"
#include "core/base/wake_jobs.h"
#include "core/crypto/crypto.h"
#include "core/jobs/job.h"
#include "core/module/module.h"

#define STACK_BYTES (256 * 1024)
#define HOLDER_BYTES 192
#define DRAIN_STEP_MS 10
/* Pause after a failed statement, for a database that is down. */
#define BACKOFF_MS 200
/*
 * How long a statement is repeated, so that an upstream answer survives a restart of the
 * server; shorter than a drain.
 */
#define RETRY_MS 8000
/* Added to a statement's time: the second of db_deadline_ms(), and pauses. */
#define SLACK_MS 2000

static const struct db_stmt return_stmt = { "core.leases_return", "select core.leases_return($1)",
	1, 0 };
const struct db_stmt *const job_engine_stmts[] = { &return_stmt, NULL };

const int job_retry_upstream_s[] = { 1, 2, 5, 15, 60, 300, 900, 3600, 0 };

struct job_workers;

struct job_thread {
	struct job_workers *workers;
	pthread_t thread;
	bool first;             /* polls; the others sleep until they are woken */
	_Atomic int64_t due_ms; /* a live thread has set it anew by then */
	atomic_bool gone;
};

/* The threads of one kind. */
struct job_workers {
	struct job_pool *pool;
	const struct job_kind *kind;
	int64_t lease_ms;
	sem_t work;
	struct job_thread *threads;
};

struct job_pool {
	const struct module *const *modules;
	const struct conf *conf;
	struct db *db;
	const char *holder;
	atomic_bool stopping;
	size_t count;
	struct job_workers *workers;
};

/* --- threads --------------------------------------------------------------- */

/* The longest piece of a turn: one upstream call and two statements, as configured. */
static int64_t
piece_ms(const struct conf *conf)
{
	int64_t upstream_ms = conf->stripe_deadline_ms + conf->stripe_timeout_ms;

	if (upstream_ms < conf->provider_timeout_ms)
		upstream_ms = conf->provider_timeout_ms;
	if (upstream_ms < conf->validator_timeout_ms)
		upstream_ms = conf->validator_timeout_ms;
	return upstream_ms + 2 * (RETRY_MS + conf->database_timeout_ms + SLACK_MS);
}

/* The lease covers the longest piece that the configured timeouts allow. */
int64_t
job_kind_lease_ms(const struct job_kind *kind, const struct conf *conf)
{
	int64_t least_ms = piece_ms(conf);

	return fault_lease_ms(kind->lease_ms < least_ms ? least_ms : kind->lease_ms);
}

/* Sets when the thread shows life next: before a wait of wait_ms, a turn or a statement. */
static void
set_due(struct job_thread *self, int64_t wait_ms)
{
	atomic_store(&self->due_ms, clock_monotonic_ms() + wait_ms + 2 * self->workers->lease_ms);
}

/* The first thread of a kind polls; the others wait until they are woken. */
static void
wait_for_work(struct job_thread *self)
{
	const struct job_kind *kind = self->workers->kind;
	int64_t ms =
	    kind->interval_ms != 0 ? kind->interval_ms : self->workers->pool->conf->jobs_poll_ms;
	struct timespec until;

	if (!self->first) {
		atomic_store(&self->due_ms, INT64_MAX);
		while (sem_wait(&self->workers->work) != 0 && errno == EINTR)
			continue;
		return;
	}
	set_due(self, ms);
	until = clock_monotonic_after(ms);
	while (sem_clockwait(&self->workers->work, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR)
		continue;
}

/* At most one wake-up is pending: it is only a hint, the claim finds the work. */
static void
workers_wake(struct job_workers *workers)
{
	int value;

	if (sem_getvalue(&workers->work, &value) == 0 && value == 0)
		sem_post(&workers->work);
}

/*
 * Returns all leases of this thread.  There are some when the answer of a claim was lost,
 * which leased a row that the thread does not know of, and when a turn ended early.
 * Between two turns a thread works on nothing, so none of them is in use.
 */
static void
return_leases(struct job *job)
{
	const struct db_step step = { .stmt = &return_stmt,
		.params = DB_PARAMS(db_text(job->holder)) };
	struct db_rows rows;
	struct db_error error;

	if (db_run(job->db, job->arena, &step, 1, db_deadline_ms(job->db), &rows, &error) == DB_OK)
		job->leases_left = false;
	else
		clock_sleep_ms(BACKOFF_MS);
}

/* One turn of a thread; true = there may be more to do. */
static bool
turn(struct job *job)
{
	struct job_thread *self = job->thread;
	bool more;

	set_due(self, 0);
	if (job->leases_left)
		return_leases(job);
	job->lease_end_ms = clock_monotonic_ms() + self->workers->lease_ms;
	more = !job->leases_left && job->kind->run(job);
	arena_reset(job->arena);
	return more;
}

/* A thread: runs turns, waits when there is no work, returns its leases at the end. */
static void *
serve(void *argument)
{
	struct job_thread *self = argument;
	struct job_workers *workers = self->workers;
	struct job_pool *pool = workers->pool;
	struct arena arena;
	char holder[HOLDER_BYTES];
	struct job job = { .kind = workers->kind,
		.modules = pool->modules,
		.conf = pool->conf,
		.db = pool->db,
		.holder = holder,
		.thread = self,
		.arena = &arena };

	snprintf(holder, sizeof(holder), "%s/%s/%d", pool->holder, workers->kind->name,
	    (int)(self - workers->threads));
	arena_init(&arena);
	while (!atomic_load(&pool->stopping)) {
		if (turn(&job))
			workers_wake(workers);
		else if (!job.leases_left && !atomic_load(&pool->stopping))
			wait_for_work(self);
	}
	if (job.leases_left)
		return_leases(&job);
	arena_release(&arena);
	atomic_store(&self->gone, true);
	return NULL;
}

static void
workers_start(struct job_workers *workers, struct job_pool *pool, const struct job_kind *kind)
{
	pthread_attr_t attr;

	workers->pool = pool;
	workers->kind = kind;
	workers->lease_ms = job_kind_lease_ms(kind, pool->conf);
	workers->threads = calloc((size_t)kind->threads, sizeof(*workers->threads));
	CHECK(workers->threads != NULL && sem_init(&workers->work, 0, 0) == 0);
	pthread_attr_init(&attr);
#if !defined(__SANITIZE_ADDRESS__)
	pthread_attr_setstacksize(&attr, STACK_BYTES);
#endif
	for (int i = 0; i < kind->threads; i++) {
		workers->threads[i].workers = workers;
		workers->threads[i].first = i == 0;
		set_due(&workers->threads[i], 0);
		CHECK(pthread_create(&workers->threads[i].thread, &attr, serve,
			  &workers->threads[i]) == 0);
	}
	pthread_attr_destroy(&attr);
}

/* Every kind of every module. */
static void
start_kinds(struct job_pool *pool)
{
	size_t n = 0;

	for (size_t m = 0; pool->modules[m] != NULL; m++) {
		const struct job_kind *kind = pool->modules[m]->jobs;

		for (; kind->name != NULL; kind++)
			workers_start(&pool->workers[n++], pool, kind);
	}
}

static size_t
count_kinds(const struct module *const *modules)
{
	size_t count = 0;

	for (size_t m = 0; modules[m] != NULL; m++) {
		const struct job_kind *kind = modules[m]->jobs;

		for (; kind->name != NULL; kind++)
			count++;
	}
	return count;
}

struct job_pool *
job_pool_start(const struct module *const *modules, const struct conf *conf, struct db *db,
    const char *holder)
{
	struct job_pool *pool = calloc(1, sizeof(*pool));

	CHECK(pool != NULL);
	pool->conf = conf;
	pool->db = db;
	pool->holder = holder;
	pool->modules = modules;
	pool->count = count_kinds(modules);
	pool->workers = calloc(pool->count, sizeof(*pool->workers));
	CHECK(pool->workers != NULL);
	start_kinds(pool);
	return pool;
}

void
job_pool_wake(struct job_pool *pool)
{
	for (size_t i = 0; i < pool->count; i++) {
		if (pool->workers[i].kind->interval_ms == 0)
			workers_wake(&pool->workers[i]);
	}
}

bool
job_pool_moves(const struct job_pool *pool)
{
	int64_t now_ms = clock_monotonic_ms();

	for (size_t i = 0; i < pool->count; i++) {
		for (int t = 0; t < pool->workers[i].kind->threads; t++) {
			if (atomic_load(&pool->workers[i].threads[t].due_ms) < now_ms)
				return false;
		}
	}
	return true;
}

/* Counts the threads that have not ended, and wakes them. */
static int
workers_left(struct job_workers *workers)
{
	int left = 0;

	for (int i = 0; i < workers->kind->threads; i++) {
		if (!atomic_load(&workers->threads[i].gone)) {
			left++;
			sem_post(&workers->work);
		}
	}
	return left;
}

bool
job_pool_drain(struct job_pool *pool, int64_t deadline_ms)
{
	atomic_store(&pool->stopping, true);
	for (size_t i = 0; i < pool->count; i++) {
		while (workers_left(&pool->workers[i]) > 0) {
			if (clock_left_ms(deadline_ms) == 0)
				return false;
			clock_sleep_ms(DRAIN_STEP_MS);
		}
		for (int t = 0; t < pool->workers[i].kind->threads; t++)
			pthread_join(pool->workers[i].threads[t].thread, NULL);
		sem_destroy(&pool->workers[i].work);
		free(pool->workers[i].threads);
	}
	free(pool->workers);
	free(pool);
	return true;
}

/* --- for the kinds ----------------------------------------------------------- */

/*
 * One attempt of a statement.  Every statement of a job may run twice, because its answer may be
 * lost after the commit.  Each attempt has a deadline, so a thread that begins one shows life,
 * whatever the database does.
 */
static enum db_result
run_once(struct job *job, const struct db_step *steps, size_t count, struct db_rows *rows,
    struct db_error *error)
{
	set_due(job->thread, 0);
	return db_run(job->db, job->arena, steps, count, db_deadline_ms(job->db), rows, error);
}

static enum db_result
run_retrying(struct job *job, const struct db_step *steps, size_t count, struct db_rows *rows,
    struct db_error *error)
{
	int64_t give_up_ms = clock_monotonic_ms() + RETRY_MS;
	enum db_result result = run_once(job, steps, count, rows, error);

	if (result == DB_UNAVAILABLE)
		log_event(LOG_LEVEL_WARN, NULL, "the database did not answer a job", "job",
		    job->kind->name, NULL);
	job->leases_left = job->leases_left || result == DB_UNAVAILABLE;
	while (result == DB_UNAVAILABLE && clock_left_ms(give_up_ms) > 0) {
		clock_sleep_ms(BACKOFF_MS);
		result = run_once(job, steps, count, rows, error);
	}
	set_due(job->thread, 0);
	return result;
}

const struct db_rows *
job_steps(struct job *job, const struct db_step *steps, size_t count)
{
	struct db_rows *rows = arena_zalloc(job->arena, count * sizeof(*rows));
	struct db_error error;
	enum db_result result = run_retrying(job, steps, count, rows, &error);

	if (result == DB_OK)
		return &rows[count - 1];
	if (result == DB_RAISED)
		log_event(LOG_LEVEL_ERROR, NULL, "a job's statement was refused", "job",
		    job->kind->name, "statement", steps[count - 1].stmt->name, "sqlstate",
		    error.sqlstate, "error", error.message, NULL);
	clock_sleep_ms(BACKOFF_MS);
	return NULL;
}

const struct db_rows *
job_sql(struct job *job, const struct db_stmt *stmt, const struct db_param *params)
{
	const struct db_step step = { .stmt = stmt, .params = params };

	return job_steps(job, &step, 1);
}

const struct db_rows *
job_sql_as(struct job *job, const char *tenant, const char *principal, const struct db_stmt *stmt,
    const struct db_param *params)
{
	const struct db_step steps[] = { auth_assume_step(job->arena, tenant, principal),
		{ .stmt = stmt, .params = params } };

	return job_steps(job, steps, 2);
}

bool
job_goes_on(struct job *job)
{
	const struct job_pool *pool = job->thread->workers->pool;

	if (!atomic_load(&pool->stopping) &&
	    clock_left_ms(job->lease_end_ms) >= piece_ms(job->conf))
		return true;
	job->leases_left = true;
	return false;
}

bool
job_is_stopping(const struct job *job)
{
	return atomic_load(&job->thread->workers->pool->stopping);
}

void
job_wake_jobs(const struct job *job)
{
	wake_jobs(job->conf->jobs_socket);
}

struct db_param
job_holder(const struct job *job)
{
	return db_text(job->holder);
}

struct db_param
job_lease(struct job *job)
{
	return db_int(job->arena, job->thread->workers->lease_ms);
}

const struct db_rows *
job_claim(struct job *job, const struct db_stmt *stmt)
{
	const struct db_rows *rows = job_sql(job, stmt,
	    DB_PARAMS(job_holder(job), job_lease(job),
		db_text(credentials_keys(job->conf->credentials, job->arena))));

	return rows != NULL && rows->count == 1 ? rows : NULL;
}

const struct db_rows *
job_settle(struct job *job, const struct db_rows *row, struct db_step step)
{
	return job_sql_as(job, db_value(row, 0, "tenant_id"), db_value(row, 0, "user_id"),
	    step.stmt, step.params);
}

int64_t
job_delay_ms(const struct job *job, int64_t attempts)
{
	const int *delay_s = job->kind->retry_s;
	int64_t ms;
	unsigned char random;

	for (int64_t i = 1; i < attempts && delay_s[1] != 0; i++)
		delay_s++;
	crypto_random(&random, 1);
	ms = (int64_t)*delay_s * 1000;
	return ms - ms / 5 * random / 255;
}
