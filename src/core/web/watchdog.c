#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/notify.h"
#include "core/web/watchdog.h"

#define STACK_BYTES (128 * 1024)

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

static const struct watchdog_lane *watched;
static int64_t interval_ms;

static void
limit_waits(int fd)
{
	const struct timeval limit = { .tv_sec = interval_ms / 1000,
		.tv_usec = interval_ms % 1000 * 1000 };

	CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
}

/* A connection to the socket that this process itself listens on; -1 = none. */
static int
connect_to(int listening)
{
	struct sockaddr_un addr;
	socklen_t len = sizeof(addr);
	int fd;

	if (getsockname(listening, (struct sockaddr *)&addr, &len) != 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	limit_waits(fd);
	if (connect(fd, (struct sockaddr *)&addr, len) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Within the interval; then the next look finds out whether other requests were answered. */
static bool
answers(int listening)
{
	int fd = connect_to(listening);
	char data[1024];
	ssize_t got, all = 0;

	if (fd < 0)
		return false;
	if (send(fd, health_request, sizeof(health_request) - 1, MSG_NOSIGNAL) > 0) {
		while ((got = recv(fd, data, sizeof(data), 0)) > 0)
			all += got;
	}
	close(fd);
	return all > 0;
}

static bool
progresses(const struct watchdog_lane *lane, int64_t *before)
{
	int64_t answered = atomic_load(&lane->answered);
	bool moved = answered != *before;

	*before = answered;
	return lane->listen_fd < 0 || moved || answers(lane->listen_fd);
}

static void *
watch(void *argument)
{
	int64_t before[WATCHDOG_LANES_MAX] = { 0 };

	(void)argument;
	while (true) {
		bool all = true;

		for (int i = 0; i < WATCHDOG_LANES_MAX; i++)
			all = progresses(&watched[i], &before[i]) && all;
		if (all)
			notify("WATCHDOG=1");
		clock_sleep_ms(interval_ms);
	}
	return NULL;
}

void
watchdog_start(const struct watchdog_lane lanes[WATCHDOG_LANES_MAX])
{
	pthread_attr_t attr;
	pthread_t thread;

	interval_ms = notify_watchdog_ms();
	if (interval_ms <= 0)
		return;
	watched = lanes;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
#if !defined(__SANITIZE_ADDRESS__)
	pthread_attr_setstacksize(&attr, STACK_BYTES);
#endif
	CHECK(pthread_create(&thread, &attr, watch, NULL) == 0);
	pthread_attr_destroy(&attr);
}
