/*
 * The role that serves routes.  Two listeners (routes that only use the database; routes that also
 * call upstream), each a socket and a pool of threads, share one pool of database connections.  So
 * a slow upstream does not delay requests that only use the database.
 */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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
#include "core/process/check.h"
#include "core/process/key_check.h"
#include "core/process/program.h"
#include "core/upstream/http.h"
#include "core/web/api.h"
#include "core/web/call.h"
#include "core/web/fcgi.h"
#include "core/web/listener.h"
#include "core/web/route.h"
#include "core/web/watchdog.h"

#define SYSTEMD_FIRST_FD 3
#define PATH_WAIT_MS 1000
#define PATH_STEP_MS 20
#define SOCKET_PATH_BYTES 256

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

static void
socket_path(const struct process *process, const char *given, const char *suffix,
    char path[SOCKET_PATH_BYTES])
{
	if (given == NULL)
		snprintf(path, SOCKET_PATH_BYTES, "%s/%s%s.sock", process->conf.socket_dir,
		    program_short(process->program), suffix);
	else
		snprintf(path, SOCKET_PATH_BYTES, "%s", given);
}

/* --- --check-conf ---------------------------------------------------------- */

/*
 * libfcgi parks a thread on each connection that nginx keeps: too many of them leave no
 * thread for new connections.
 */
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
	notify_failure("socket_backlog = %lld is more than the kernel allows; lower it or run "
		       "sysctl -w net.core.somaxconn=%lld\n",
	    (long long)process->conf.socket_backlog, (long long)process->conf.socket_backlog);
	return false;
}

/* The supervisor's sockets are there before the program. */
static bool
check_sockets(const struct process *process)
{
	char path[SOCKET_PATH_BYTES];

	socket_path(process, process->options.socket, "", path);
	return check_socket("socket_dir", path, SOCK_STREAM);
}

/* Without a secret every event of Stripe's is refused. */
static bool
check_webhook_secret(const struct process *process)
{
	struct credentials credentials;

	credentials_get(process->conf.credentials, CREDENTIALS_DEFAULT, &credentials);
	if (credentials.webhook_secrets.count > 0 || credentials.mode == NULL)
		return true;
	for (size_t i = 0; process->tables[i] != NULL; i++) {
		for (const struct route *r = process->tables[i]; r->method != NULL; r++) {
			if (r->api != API_PROVIDER)
				continue;
			notify_failure("stripe_webhook_secret_file: is not set, so every event of "
				       "Stripe's would be refused: put the signing secret "
				       "(whsec_...) of its endpoint into a file\n");
			return false;
		}
	}
	return true;
}

static bool
check(const struct process *process)
{
	bool good = check_threads(process);

	good = check_backlog(process) && good;
	good = check_sockets(process) && good;
	good = check_webhook_secret(process) && good;
	if (!credentials_any_key(process->conf.credentials))
		printf("note: there is no key for Stripe: checkout answers 503\n");
	return good;
}

/* --- running --------------------------------------------------------------- */

/* Are the sockets of the supervisor (LISTEN_FDS)?  Place 0 is main, 1 upstream. */
static bool
is_given(int place)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");

	return pid != NULL && fds != NULL && strtol(pid, NULL, 10) == (long)getpid() &&
	    place < strtol(fds, NULL, 10);
}

/* A new socket.  A predecessor that was just told to end gives its path up at once. */
static int
listen_at(const struct process *process, const char *path)
{
	int64_t until_ms = clock_monotonic_ms() + PATH_WAIT_MS;
	int fd;

	while ((fd = fcgi_listen(path, (int)process->conf.socket_backlog)) < 0) {
		if (errno != EADDRINUSE || clock_left_ms(until_ms) == 0) {
			notify_failure("%s: cannot listen on \"%s\": %s\n", process->program->name,
			    path, unix_socket_error(errno));
			return -1;
		}
		clock_sleep_ms(PATH_STEP_MS);
	}
	return fd;
}

static int
listen_on(const struct process *process, const char *given, const char *suffix, int place)
{
	char path[SOCKET_PATH_BYTES];

	if (is_given(place))
		return SYSTEMD_FIRST_FD + place;
	socket_path(process, given, suffix, path);
	return listen_at(process, path);
}

static bool
listen_on_all(const struct process *process, struct watchdog_listener watched[2])
{
	watched[0].listen_fd = listen_on(process, process->options.socket, "", 0);
	if (watched[0].listen_fd < 0 || !calls_upstream(process))
		return watched[0].listen_fd >= 0;
	watched[1].listen_fd = listen_on(process, process->options.socket_upstream, "-upstream", 1);
	return watched[1].listen_fd >= 0;
}

/*
 * SCHED_BATCH: a woken thread does not preempt the running one.  A request wakes a
 * thread twice, for less than 0.1 ms.  Under load it is cheaper when the running
 * thread finishes first (nginx reads and PostgreSQL answers several requests at a
 * time): a list gains 9 %, a write 4 % with all processors busy, and neither is
 * slower with few clients.
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
	static struct watchdog_listener watched[2] = { { .listen_fd = -1 }, { .listen_fd = -1 } };
	struct handle handle = { process->tables, &process->conf, process->db, process->holder,
		false, &watched[0].answered };
	struct listener *listeners[2] = { NULL, NULL };
	sigset_t ends;
	int signal;
	int64_t deadline_ms;
	bool drained;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	fcgi_init();
	listener_signals();
	yield_to_running();
	http_init();
	/* The sockets first: a process that finds them taken returns no leases. */
	if (!listen_on_all(process, watched) || !program_announce(process))
		return 1;
	if (calls_upstream(process))
		key_check_start(&process->conf, process->db);
	listeners[0] = listener_start(&handle, watched[0].listen_fd, process->conf.threads);
	if (watched[1].listen_fd >= 0) {
		handle.upstream = true;
		handle.answered = &watched[1].answered;
		listeners[1] =
		    listener_start(&handle, watched[1].listen_fd, process->conf.threads_upstream);
	}
	program_ready(process);
	/* `handle` is now that of the listener whose requests take longest. */
	watchdog_start(watched, handle_longest_ms(&handle));
	sigwait(&ends, &signal);
	program_stopping(process);
	deadline_ms = clock_monotonic_ms() + LIMIT_DRAIN_MS;
	for (int place = 0; place < 2; place++) {
		if (listeners[place] != NULL && !is_given(place))
			listener_give_up(listeners[place]);
	}
	drained = listener_drain(listeners[0], deadline_ms);
	if (listeners[1] != NULL)
		drained = listener_drain(listeners[1], deadline_ms) && drained;
	return program_stopped(process, drained, "stopped with requests running");
}

static const struct db_stmt *const *const *
stmts_of(const struct module *module)
{
	return module->stmts;
}

static bool
has_credential(const struct process *process, enum auth auth)
{
	for (size_t i = 0; process->tables[i] != NULL; i++) {
		for (const struct route *r = process->tables[i]; r->method != NULL; r++) {
			if (route_auth(r) == auth)
				return true;
		}
	}
	return false;
}

static bool
has_outcome(const struct process *process)
{
	for (size_t i = 0; process->stmts[i] != NULL; i++) {
		for (size_t s = 0; process->stmts[i][s] != NULL; s++) {
			if (process->stmts[i][s]->flags & DB_OUTCOME)
				return true;
		}
	}
	return false;
}

/* What authenticates clients and outcomes, and keeps answers under their keys. */
static const struct db_stmt *const *const *
stmts(const struct process *process)
{
	static const struct db_stmt *const *lists[7];
	size_t n = 0;

	if (has_credential(process, AUTH_APP_SESSION) || has_credential(process, AUTH_APP))
		lists[n++] = auth_app_stmts;
	if (has_credential(process, AUTH_JOURNAL))
		lists[n++] = auth_journal_stmts;
	if (n > 0) {
		lists[n++] = auth_assume_stmts;
		lists[n++] = call_stmts;
	}
	if (has_outcome(process))
		lists[n++] = outcome_stmts;
	if (calls_upstream(process))
		lists[n++] = key_check_stmts;
	lists[n] = NULL;
	return lists;
}

const struct role serve_role = {
	.has_routes = true,
	.stmts = stmts,
	.stmts_of = stmts_of,
	.calls_stripe = calls_upstream,
	.check = check,
	.run = run,
};
