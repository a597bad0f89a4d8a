/*
 * purser-jobs: the background.  The table of kinds is the table of contents of
 * this folder.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/auth/auth.h"
#include "core/base/cli.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/doorbell.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/notify.h"
#include "core/db/announce.h"
#include "core/upstream/http.h"
#include "core/jobs/job.h"
#include "jobs/kinds.h"
#include "jobs/stmt.h"

#define PROGRAM "purser-jobs"
#define MINUTE_MS 60000
/* How long the doorbell's loop may sleep before it looks whether to stop. */
#define BELL_MS 200

static const int retry_outside[] = { 1, 2, 5, 15, 60, 300, 900, 3600, 0 };
static const int retry_never[] = { 3600, 0 };

/* clang-format off */
static const struct job_kind kinds[] = {
	/* name          threads  interval   lease           retries        run */
	{ "stripe_event", 2,      0,         2 * MINUTE_MS,  retry_outside, stripe_event_run },
	{ "checkout",     2,      0,         MINUTE_MS,      retry_outside, checkout_run },
	{ "provision",    4,      0,         2 * MINUTE_MS,  retry_outside, provision_run },
	{ "payout",       2,      0,         MINUTE_MS,      retry_outside, payout_run },
	{ "connect",      1,      0,         MINUTE_MS,      retry_outside, connect_run },
	{ "reconcile",    1,      1000,      MINUTE_MS,      retry_outside, reconcile_run },
	{ "backfill",     1,      5000,      10 * MINUTE_MS, retry_never,   backfill_run },
	{ "prune",        1,      MINUTE_MS, MINUTE_MS,      retry_never,   prune_run },
	{ 0 }
};
/* clang-format on */

/* The tables of jobs as lists. */
static const struct db_stmt *all[64];
static const struct db_stmt *const *const stmts[] = { auth_stmts, announce_stmts, all, NULL };

static void
list_statements(void)
{
	size_t n = 0;

	for (const struct db_stmt *s = job_stmts; s->name != NULL; s++)
		all[n++] = s;
	for (const struct db_stmt *s = jobs_stmts; s->name != NULL; s++)
		all[n++] = s;
}

struct process {
	struct conf conf;
	struct cli_options options;
	struct db *db;
	char holder[128];
};

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

static bool
open_process(struct process *process)
{
	const char *why;

	if (!conf_load_or_report(&process->conf, process->options.conf_path))
		return false;
	if (process->options.instance != NULL)
		process->conf.instance = (char *)process->options.instance;
	log_init(PROGRAM, (enum log_level)log_level_parse(process->conf.log_level));
	snprintf(process->holder, sizeof(process->holder), "%s:jobs", process->conf.instance);
	process->db =
	    db_open(&process->conf, PROGRAM, process->conf.database_connections, stmts, &why);
	if (process->db != NULL)
		return true;
	notify_failure("%s: cannot use the database \"%s\": %s"
		       "check `database` in the configuration and load sql/load.sql\n",
	    PROGRAM, process->conf.database, why);
	return false;
}

/* The service manager's watchdog: a report proves what job_pool_moves() says. */
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

static int
run(struct process *process)
{
	struct job_pool *pool;
	int bell = doorbell_open(process->conf.jobs_doorbell);
	bool drained;

	if (bell < 0) {
		notify_failure("%s: cannot open the doorbell \"%s\": %s\n", PROGRAM,
		    process->conf.jobs_doorbell, strerror(errno));
		return 1;
	}
	catch_signals();
	http_init();
	if (!announce(process->db, PROGRAM, process->holder, "jobs"))
		return 1;
	pool = job_pool_start(kinds, &process->conf, process->db, process->holder);
	log_event(LOG_LEVEL_INFO, NULL, "started", "holder", process->holder, NULL);
	notify("READY=1");
	while (!stopping) {
		if (doorbell_wait(bell, BELL_MS))
			job_pool_wake(pool);
		report_progress(pool);
	}
	notify("STOPPING=1");
	drained = job_pool_drain(pool, clock_monotonic_ms() + LIMIT_DRAIN_MS);
	log_event(LOG_LEVEL_INFO, NULL, drained ? "stopped" : "stopped with jobs running", NULL);
	if (!drained)
		_exit(0);
	db_close(process->db);
	close(bell);
	return 0;
}

static int
check_conf(struct process *process)
{
	if (!open_process(process))
		return 1;
	if (process->conf.stripe_secret_key == NULL)
		printf("note: stripe_secret_key_file is not set: Stripe is never asked\n");
	if (process->conf.provider_base == NULL)
		printf("note: provider_base is not set: accounts stay in provisioning\n");
	db_close(process->db);
	printf("%s: configuration and database are fine\n", process->options.conf_path);
	return 0;
}

int
main(int argc, char **argv)
{
	static struct process process;
	const struct cli cli = { PROGRAM,
		"Applies events, resumes what was left open, provisions accounts, submits payouts.",
		false };

	list_statements();
	cli_parse(&cli, argc, argv, &process.options);
	switch (process.options.mode) {
	case CLI_EXIT:
		return 0;
	case CLI_CHECK_CONF:
		return check_conf(&process);
	case CLI_RUN:
		return open_process(&process) ? run(&process) : 1;
	case CLI_ROUTES:
	case CLI_ROUTES_NGINX:
	case CLI_PROBLEMS:
		fprintf(stderr, "%s serves no routes\n", PROGRAM);
		return 2;
	case CLI_MISUSE:
		break;
	}
	return 2;
}
