#include "config.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cli.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/notify.h"
#include "core/db/announce.h"
#include "core/process/module.h"
#include "core/upstream/http.h"
#include "core/web/call.h"
#include "core/web/fcgi.h"
#include "core/web/lane.h"
#include "core/web/req.h"
#include "core/web/route.h"
#include "core/web/watchdog.h"
#include "core/web/worker.h"

#define SYSTEMD_FIRST_FD 3
#define MODULES_MAX 16
#define STMT_LISTS_MAX 64

/* The process: configuration, database, and what is listened on. */
struct process {
	const struct worker *worker;
	struct conf conf;
	struct cli_options options;
	const struct db_stmt *const *stmts[STMT_LISTS_MAX]; /* NULL at the end */
	const struct route *tables[MODULES_MAX];            /* NULL at the end */
	struct db *db;
	char holder[128];
};

static bool
calls_upstream(const struct process *process)
{
	for (size_t i = 0; process->tables[i] != NULL; i++) {
		for (const struct route *r = process->tables[i]; r->method != NULL; r++) {
			if (r->flags & ROUTE_UPSTREAM)
				return true;
		}
	}
	return false;
}

static bool
load(struct process *process)
{
	const struct worker *worker = process->worker;
	size_t n = 0;

	if (!conf_load_or_report(&process->conf, process->options.conf_path))
		return false;
	if (process->options.instance != NULL)
		process->conf.instance = (char *)process->options.instance;
	log_init(worker->program, (enum log_level)log_level_parse(process->conf.log_level));
	snprintf(process->holder, sizeof(process->holder), "%s:%s", process->conf.instance,
	    worker->family);
	process->stmts[n++] = auth_stmts;
	process->stmts[n++] = call_stmts;
	process->stmts[n++] = announce_stmts;
	for (size_t m = 0; worker->modules[m] != NULL; m++) {
		for (size_t i = 0; worker->modules[m]->stmts[i] != NULL; i++) {
			CHECK(n + 1 < STMT_LISTS_MAX);
			process->stmts[n++] = worker->modules[m]->stmts[i];
		}
	}
	return true;
}

static bool
open_database(struct process *process)
{
	const char *why;

	process->db = db_open(&process->conf, process->worker->program,
	    process->conf.database_connections, process->stmts, &why);
	if (process->db != NULL)
		return true;
	notify_failure("%s: cannot use the database \"%s\": %s"
		       "check `database` in the configuration and load sql/load.sql\n",
	    process->worker->program, process->conf.database, why);
	return false;
}

/* --- --check-conf ---------------------------------------------------------- */

/* libfcgi parks a thread on each connection that nginx keeps: too many of them starve everybody else. */
static bool
check_threads(const struct process *process)
{
	const struct conf *conf = &process->conf;

	if (conf->nginx_connections <= conf->threads / 4)
		return true;
	notify_failure("nginx_connections = %lld is more than a quarter of the threads (%lld): "
		       "lower `keepalive` in nginx or raise `threads`\n",
	    (long long)conf->nginx_connections, (long long)conf->threads);
	return false;
}

static bool
check_backlog(const struct process *process)
{
	FILE *file = fopen("/proc/sys/net/core/somaxconn", "r");
	long long somaxconn = 0;
	bool known = file != NULL && fscanf(file, "%lld", &somaxconn) == 1;

	if (file != NULL)
		fclose(file);
	if (!known || process->conf.socket_backlog <= somaxconn)
		return true;
	notify_failure("socket_backlog = %lld is more than the kernel grants: "
		       "sysctl -w net.core.somaxconn=%lld\n",
	    (long long)process->conf.socket_backlog, (long long)process->conf.socket_backlog);
	return false;
}

static int
check_conf(struct process *process)
{
	bool good = check_threads(process);

	good = check_backlog(process) && good;
	good = open_database(process) && good;
	if (process->conf.stripe_secret_key == NULL)
		printf("note: stripe_secret_key_file is not set: checkout answers 503\n");
	if (!good)
		return 1;
	db_close(process->db);
	printf("%s: configuration and database are fine\n", process->options.conf_path);
	return 0;
}

/* --- running --------------------------------------------------------------- */

/* From the supervisor (LISTEN_FDS) or our own, by its place in the order inside, outside. */
static int
listen_on(const struct process *process, const char *given, const char *suffix, int place)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	char path[256];
	int fd;

	if (pid != NULL && fds != NULL && strtol(pid, NULL, 10) == (long)getpid() &&
	    place < strtol(fds, NULL, 10))
		return SYSTEMD_FIRST_FD + place;
	if (given == NULL)
		snprintf(path, sizeof(path), "%s/%s%s.sock", process->conf.socket_dir,
		    process->worker->family, suffix);
	else
		snprintf(path, sizeof(path), "%s", given);
	fd = fcgi_listen(path, (int)process->conf.socket_backlog);
	if (fd < 0)
		notify_failure("%s: cannot listen on \"%s\": %s\n", process->worker->program, path,
		    strerror(errno));
	return fd;
}

/*
 * A request wakes a thread of ours twice, for less than 0.1 ms.  Under load it
 * is cheaper when a woken thread lets the running one finish (nginx reads and
 * PostgreSQL answers several requests at a time): a list gains 9 %, a write 4 %
 * with all processors busy, and neither is slower with few clients.
 */
static void
yield_to_running(void)
{
	const struct sched_param param = { .sched_priority = 0 };

	(void)sched_setscheduler(0, SCHED_BATCH, &param);
}

static int
run(struct process *process)
{
	static struct watchdog_lane watched[2] = { { .listen_fd = -1 }, { .listen_fd = -1 } };
	struct handle handle = { process->tables, &process->conf, process->db, process->holder,
		false, &watched[0].answered };
	struct lane *lanes[2] = { NULL, NULL };
	sigset_t ends;
	int signal;
	int64_t deadline_ms;
	bool drained;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	fcgi_init();
	lane_signals();
	yield_to_running();
	http_init();
	if (!announce(process->db, process->worker->program, process->holder,
		process->worker->family))
		return 1;
	watched[0].listen_fd = listen_on(process, process->options.socket, "", 0);
	if (watched[0].listen_fd < 0)
		return 1;
	lanes[0] = lane_start(&handle, watched[0].listen_fd, process->conf.threads);
	if (calls_upstream(process)) {
		watched[1].listen_fd =
		    listen_on(process, process->options.socket_outside, "-outside", 1);
		if (watched[1].listen_fd < 0)
			return 1;
		handle.outside = true;
		handle.answered = &watched[1].answered;
		lanes[1] = lane_start(&handle, watched[1].listen_fd, process->conf.threads_outside);
	}
	notify("READY=1");
	/* `handle` is by now that of the lane whose requests take longest. */
	watchdog_start(watched, handle_longest_ms(&handle));
	log_event(LOG_LEVEL_INFO, NULL, "started", "holder", process->holder, NULL);
	sigwait(&ends, &signal);
	notify("STOPPING=1");
	deadline_ms = clock_monotonic_ms() + LIMIT_DRAIN_MS;
	drained = lane_drain(lanes[0], deadline_ms);
	if (lanes[1] != NULL)
		drained = lane_drain(lanes[1], deadline_ms) && drained;
	log_event(LOG_LEVEL_INFO, NULL, drained ? "stopped" : "stopped with requests running",
	    NULL);
	if (!drained)
		_exit(0);
	db_close(process->db);
	return 0;
}

int
worker_main(int argc, char **argv, const struct worker *worker)
{
	static struct process process; /* the configuration lives as long as the process */
	const struct cli cli = { worker->program, worker->purpose, true };

	process.worker = worker;
	for (size_t m = 0; worker->modules[m] != NULL; m++) {
		CHECK(m + 1 < MODULES_MAX);
		process.tables[m] = worker->modules[m]->routes;
	}
	cli_parse(&cli, argc, argv, &process.options);
	switch (process.options.mode) {
	case CLI_EXIT:
		return 0;
	case CLI_MISUSE:
		return 2;
	case CLI_ROUTES:
		route_print_head(stdout);
		for (size_t i = 0; process.tables[i] != NULL; i++)
			route_print(stdout, process.tables[i]);
		return 0;
	case CLI_ROUTES_NGINX:
		for (size_t i = 0; process.tables[i] != NULL; i++)
			route_print_nginx(stdout, process.tables[i], worker->family);
		return 0;
	case CLI_PROBLEMS:
		problem_print(stdout);
		return 0;
	case CLI_CHECK_CONF:
		return load(&process) ? check_conf(&process) : 1;
	case CLI_RUN:
		return load(&process) && open_database(&process) ? run(&process) : 1;
	}
	BUG("unknown mode %d", (int)process.options.mode);
}
