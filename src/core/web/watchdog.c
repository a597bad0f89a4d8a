/* The watchdog's thread: counts answers, probes silent listeners, reports progress. */
#include "config.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/notify.h"
#include "core/web/watchdog.h"

#define STACK_BYTES (128 * 1024)
/* How often per interval a listener without progress is checked. */
#define LOOKS 8

/* clang-format off */
/* FastCGI records: version, type, request id (2), length (2), padding, 0; then the content. */
static const char health_request[] =
    "\1\1\0\1\0\010\0\0" "\0\1\0\0\0\0\0\0"	/* BEGIN_REQUEST: responder, close when answered */
    "\1\4\0\1\0\047\0\0"	/* PARAMS: lengths, then name and value */
    "\016\003" "REQUEST_METHOD" "GET"
    "\013\007" "REQUEST_URI" "/health"
    "\1\4\0\1\0\0\0\0"	/* end of PARAMS */
    "\1\5\0\1\0\0\0\0";	/* STDIN: no body */
/* clang-format on */

/* A listener and its progress since the last report; only the watchdog's thread uses it. */
struct watch {
	const struct watchdog_listener *listener;
	int64_t before; /* answered requests at the last report */
	bool progressed;
	int fd;                 /* of the probe that waits for its answer; -1 = none */
	int64_t probe_again_ms; /* then a new probe is sent: only the thread of this one may hang */
};

static struct watch watches[WATCHDOG_LISTENERS_MAX];
static int64_t interval_ms;

/* --- the probe: GET /health ------------------------------------------------- */

/* A connection to the socket that this process itself listens on; -1 = none. */
static int
connect_to(int listening)
{
	struct sockaddr_un addr;
	socklen_t len = sizeof(addr);
	int fd;

	if (getsockname(listening, (struct sockaddr *)&addr, &len) != 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&addr, len) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
probe_drop(struct watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}

/* Does not block; after a full backlog or a lack of descriptors the next check tries again. */
static void
probe_send(struct watch *watch)
{
	watch->fd = connect_to(watch->listener->listen_fd);
	watch->probe_again_ms = clock_monotonic_ms() + interval_ms;
	if (watch->fd >= 0 &&
	    send(watch->fd, health_request, sizeof(health_request) - 1, MSG_NOSIGNAL) <= 0)
		probe_drop(watch);
}

static bool
probe_answered(struct watch *watch)
{
	char data[1024];
	ssize_t got = recv(watch->fd, data, sizeof(data), 0);

	if (got > 0)
		return true;
	/* Closed without an answer, or no answer for a whole interval. */
	if (got == 0 || clock_left_ms(watch->probe_again_ms) == 0)
		probe_drop(watch);
	return false;
}

/* --- the listeners -------------------------------------------------------------- */

static bool
progresses(struct watch *watch)
{
	if (watch->progressed)
		return true;
	if (atomic_load(&watch->listener->answered) != watch->before)
		watch->progressed = true;
	else if (watch->fd < 0)
		probe_send(watch);
	else
		watch->progressed = probe_answered(watch);
	if (watch->progressed)
		probe_drop(watch);
	return watch->progressed;
}

/* Checks every listener, so that all are probed at the same time. */
static bool
all_progress(void)
{
	bool all = true;

	for (int i = 0; i < WATCHDOG_LISTENERS_MAX; i++)
		all = progresses(&watches[i]) && all;
	return all;
}

/* Waits for an answer, or for the next check. */
static void
wait_for_answers(void)
{
	struct pollfd fds[WATCHDOG_LISTENERS_MAX];

	for (int i = 0; i < WATCHDOG_LISTENERS_MAX; i++)
		fds[i] = (struct pollfd) { .fd = watches[i].fd, .events = POLLIN };
	poll(fds, WATCHDOG_LISTENERS_MAX, (int)(interval_ms / LOOKS) + 1);
}

/* Begins the round of the next report. */
static void
begin(void)
{
	for (int i = 0; i < WATCHDOG_LISTENERS_MAX; i++) {
		watches[i].before = atomic_load(&watches[i].listener->answered);
		watches[i].progressed = watches[i].listener->listen_fd < 0;
	}
}

static void *
watch(void *argument)
{
	(void)argument;
	while (true) {
		while (!all_progress())
			wait_for_answers();
		begin();
		notify("WATCHDOG=1");
		clock_sleep_ms(interval_ms);
	}
	return NULL;
}

/* --- the start -------------------------------------------------------------- */

/* sd_notify(3): WATCHDOG_USEC= replaces the unit's WatchdogSec= until the process ends. */
static void
extend(int64_t time_ms)
{
	char state[64], ms[24];

	snprintf(ms, sizeof(ms), "%lld", (long long)time_ms);
	snprintf(state, sizeof(state), "WATCHDOG_USEC=%lld", (long long)time_ms * 1000);
	notify(state);
	log_event(LOG_LEVEL_WARN, NULL,
	    "the watchdog waits longer than WatchdogSec=: twice the "
	    "longest request by database_timeout_ms, stripe_deadline_ms and "
	    "validator_request_timeout_ms",
	    "ms", ms, NULL);
}

void
watchdog_start(const struct watchdog_listener listeners[WATCHDOG_LISTENERS_MAX], int64_t longest_ms)
{
	pthread_attr_t attr;
	pthread_t thread;

	interval_ms = notify_watchdog_ms();
	if (interval_ms <= 0)
		return;
	if (interval_ms * 2 < longest_ms) {
		interval_ms = (longest_ms + 1) / 2;
		extend(interval_ms * 4);
	}
	for (int i = 0; i < WATCHDOG_LISTENERS_MAX; i++)
		watches[i] = (struct watch) { .listener = &listeners[i], .fd = -1 };
	begin();
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
#if !defined(__SANITIZE_ADDRESS__)
	pthread_attr_setstacksize(&attr, STACK_BYTES);
#endif
	CHECK(pthread_create(&thread, &attr, watch, NULL) == 0);
	pthread_attr_destroy(&attr);
}
