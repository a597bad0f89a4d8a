/*
 * Protects: the signal that drains a listener ends a thread's wait for a request, and does not
 * interrupt a thread that reads a request, even one that arrives byte by byte.
 */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/web/fcgi.h"
#include "core/web/listener.h"
#include "t/lib/tap.h"

#define WAIT_MS 20000

/* clang-format off */
/* Records: version, type, request id (2), length (2), padding, 0; then the content. */
static const char request[] =
    "\1\1\0\1\0\010\0\0" "\0\1\1\0\0\0\0\0"	/* BEGIN_REQUEST: responder, keep the connection */
    "\1\4\0\1\0\024\0\0" "\016\004" "REQUEST_METHODPOST"
    "\1\4\0\1\0\0\0\0"				/* end of PARAMS */
    "\1\5\0\1\0\012\0\0" "0123456789"		/* STDIN */
    "\1\5\0\1\0\0\0\0";				/* end of STDIN */
/* clang-format on */

static int listening;
static struct sockaddr_un address = { .sun_family = AF_UNIX };

/* What the serving thread has seen. */
static atomic_int waits_ended, requests;
static char body[64];

static void *
serve(void *argument)
{
	struct fcgi *fcgi = fcgi_new(listening);

	(void)argument;
	while (true) {
		enum fcgi_accepted accepted = fcgi_accept(fcgi);

		if (accepted != FCGI_ACCEPT_REQUEST) {
			atomic_fetch_add(&waits_ended, 1);
			continue;
		}
		memset(body, 0, sizeof(body));
		fcgi_read(fcgi, body, sizeof(body) - 1);
		fcgi_answer(fcgi, "Status: 200\r\n\r\n", 15, "", 0);
		atomic_fetch_add(&requests, 1);
	}
	return NULL;
}

static int
connect_to_server(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	return fd;
}

/* The thread's wait ends although nothing came. */
static void
signal_ends_wait(pthread_t thread, const char *where)
{
	int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS;
	int before = atomic_load(&waits_ended);

	while (atomic_load(&waits_ended) == before && clock_left_ms(deadline_ms) > 0) {
		pthread_kill(thread, FCGI_WAKE_SIGNAL);
		clock_sleep_ms(5);
	}
	ok(atomic_load(&waits_ended) > before, "the signal ends a wait %s", where);
}

/* The request byte by byte, each followed by the signal. */
static void
request_survives_signals(pthread_t thread, int fd, const char *which)
{
	int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS;
	int before = atomic_load(&requests);

	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		if (send(fd, &request[i], 1, MSG_NOSIGNAL) != 1)
			break;
		clock_sleep_ms(2);
		pthread_kill(thread, FCGI_WAKE_SIGNAL);
	}
	while (atomic_load(&requests) == before && clock_left_ms(deadline_ms) > 0)
		clock_sleep_ms(1);
	ok(atomic_load(&requests) == before + 1, "%s is read through the signals", which);
	is_str(body, "0123456789", "%s: its body is whole", which);
}

int
main(void)
{
	char dir[] = "/tmp/purser-fcgi-XXXXXX", ignored[256];
	pthread_t thread;
	int fd, waits;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
	fcgi_init();
	listener_signals();
	listening = fcgi_listen(address.sun_path, 8);
	ok(listening >= 0, "the socket listens");
	if (pthread_create(&thread, NULL, serve, NULL) != 0)
		return 1;

	signal_ends_wait(thread, "for a connection");
	waits = atomic_load(&waits_ended);
	fd = connect_to_server();
	clock_sleep_ms(100); /* the thread has accepted it */
	pthread_kill(thread, FCGI_WAKE_SIGNAL);
	clock_sleep_ms(100);
	is_int(atomic_load(&waits_ended), waits, "a new connection's first request is waited for");
	request_survives_signals(thread, fd, "the first request of a connection");
	ok(recv(fd, ignored, sizeof(ignored), 0) > 0, "a request after the signals is answered");
	signal_ends_wait(thread, "on a kept connection");
	request_survives_signals(thread, fd, "the next request of a kept connection");
	close(fd);

	unlink(address.sun_path);
	rmdir(dir);
	return done();
}
