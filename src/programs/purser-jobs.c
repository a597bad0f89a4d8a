/*
 * purser-jobs: the background of all modules.
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
#include "core/jobs/job.h"
#include "core/upstream/http.h"
#include "programs/modules.h"

#define PROGRAM "purser-jobs"
#define STMT_LISTS_MAX 64
/* How long the doorbell's loop may sleep before it looks whether to stop. */
#define BELL_MS 200

static const struct module *const modules[] = { &connect_module, &payments_module, &payouts_module,
	&retention_module, &stripe_events_module, NULL };

struct process {
	const struct db_stmt *const *stmts[STMT_LISTS_MAX]; /* NULL at the end */
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

static void
list_statements(struct process *process)
{
	size_t n = 0;

	process->stmts[n++] = auth_stmts;
	process->stmts[n++] = announce_stmts;
	process->stmts[n++] = job_engine_stmts;
	for (size_t m = 0; modules[m] != NULL; m++) {
		for (size_t i = 0; modules[m]->job_stmts[i] != NULL; i++) {
			CHECK(n + 1 < STMT_LISTS_MAX);
			process->stmts[n++] = modules[m]->job_stmts[i];
		}
	}
}

static bool
open_process(struct process *process)
{
	const char *why;

	list_statements(process);

	if (!conf_load_or_report(&process->conf, process->options.conf_path))
		return false;
	if (process->options.instance != NULL)
		process->conf.instance = (char *)process->options.instance;
	log_init(PROGRAM, (enum log_level)log_level_parse(process->conf.log_level));
	snprintf(process->holder, sizeof(process->holder), "%s:jobs", process->conf.instance);
	process->db = db_open(&process->conf, PROGRAM, process->conf.database_connections,
	    process->stmts, &why);
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
	pool = job_pool_start(modules, &process->conf, process->db, process->holder);
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
