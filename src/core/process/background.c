/* The role of purser-jobs: runs the jobs of its modules until SIGTERM. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/auth/auth.h"
#include "core/auth/outcome.h"
#include "core/base/clock.h"
#include "core/base/credentials.h"
#include "core/base/limits.h"
#include "core/base/notify.h"
#include "core/base/unix_socket.h"
#include "core/base/wake_jobs.h"
#include "core/jobs/job.h"
#include "core/process/check.h"
#include "core/process/key_check.h"
#include "core/process/program.h"
#include "core/upstream/http.h"
#include "core/upstream/sender.h"

/* How often the wait for a wake-up is interrupted to check for SIGTERM. */
#define WAKE_WAIT_MS 200
/* How often the database gets the key of outcomes, which changes with the key of Stripe. */
#define OUTCOME_KEY_MS 2000

static volatile sig_atomic_t stopping;

static void
stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = stop };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* Reports to the service manager's watchdog while job_pool_moves(). */
static void
report_progress(struct job_pool *pool)
{
	static int64_t due_ms;
	int64_t interval_ms = notify_watchdog_ms();

	if (interval_ms == 0 || clock_left_ms(due_ms) > 0 || !job_pool_moves(pool))
		return;
	notify("WATCHDOG=1");
	due_ms = clock_monotonic_ms() + interval_ms;
}

/*
 * At once when the key was rolled, which the other programs have noticed as well.  The wait is
 * short: this thread also reports to the watchdog.  What fails is repeated.
 */
static void
renew_outcome_key(const struct process *process)
{
	static int64_t due_ms;
	static const char *given;
	const char *key = credentials_first_key(process->conf.credentials);
	int64_t now_ms = clock_monotonic_ms();

	if (clock_left_ms(due_ms) > 0 && key == given)
		return;
	due_ms = now_ms + OUTCOME_KEY_MS;
	if (outcome_give_key(process->db, &process->conf, now_ms + WAKE_WAIT_MS))
		given = key;
}

static int
run(struct process *process)
{
	int socket_fd = wake_jobs_open(process->conf.jobs_socket);
	struct job_pool *pool;
	bool drained;

	if (socket_fd < 0) {
		notify_failure("%s: cannot open jobs_socket \"%s\": %s\n", process->program->name,
		    process->conf.jobs_socket, unix_socket_error(errno));
		return 1;
	}
	catch_signals();
	http_init();
	sender_init();
	if (!program_announce(process) ||
	    !outcome_give_key(process->db, &process->conf, db_deadline_ms(process->db)))
		return 1;
	key_check_start(&process->conf, process->db);
	pool =
	    job_pool_start(process->program->modules, &process->conf, process->db, process->holder);
	program_ready(process);
	while (!stopping) {
		if (wake_jobs_wait(socket_fd, WAKE_WAIT_MS))
			job_pool_wake(pool);
		report_progress(pool);
		renew_outcome_key(process);
	}
	program_stopping(process);
	close(socket_fd); /* a successor may take the path while the last jobs end */
	drained = job_pool_drain(pool, clock_monotonic_ms() + LIMIT_DRAIN_MS);
	return program_stopped(process, drained, "stopped with jobs running");
}

/* An account is leased for longer than a lost call to the provider may take to settle. */
static bool
check_leases(const struct process *process)
{
	const struct conf *conf = &process->conf;
	bool good = true;

	for (size_t m = 0; process->program->modules[m] != NULL; m++) {
		const struct job_kind *kind = process->program->modules[m]->jobs;

		for (; kind->name != NULL; kind++) {
			int64_t lease_ms = job_kind_lease_ms(kind, conf);

			if (strcmp(kind->name, "payments.provision") != 0 ||
			    conf->provider_settle_ms < lease_ms)
				continue;
			notify_failure("provider_settle_ms: %lld is not less than the lease of an "
				       "account (%lld ms): lower it\n",
			    (long long)conf->provider_settle_ms, (long long)lease_ms);
			good = false;
		}
	}
	return good;
}

static bool
check(const struct process *process)
{
	bool good = check_leases(process);

	good = check_socket("jobs_socket", process->conf.jobs_socket, SOCK_DGRAM) && good;
	if (!credentials_any_key(process->conf.credentials))
		printf("note: there is no key for Stripe: Stripe is never called\n");
	if (process->conf.provider_base == NULL)
		printf("note: provider_base is not set: accounts stay in provisioning\n");
	return good;
}

static bool
calls_stripe(const struct process *process)
{
	(void)process;
	return true;
}

static const struct db_stmt *const *const *
stmts_of(const struct module *module)
{
	return module->job_stmts;
}

static const struct db_stmt *const *const *
stmts(const struct process *process)
{
	static const struct db_stmt *const *const lists[] = { job_engine_stmts, auth_assume_stmts,
		outcome_key_stmts, key_check_stmts, NULL };

	(void)process;
	return lists;
}

const struct role background_role = {
	.has_routes = false,
	.stmts = stmts,
	.stmts_of = stmts_of,
	.calls_stripe = calls_stripe,
	.check = check,
	.run = run,
};
