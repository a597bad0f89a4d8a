/*
 * The threads of a listener, and how they drain.
 *
 * Threads wait in accept(), or in ppoll() on a kept connection; the listening
 * socket may belong to the supervisor and must not be shut down.  So draining
 * sends every thread a signal, repeatedly, until each has seen `stopping` (a
 * signal that comes just before accept() is lost; the next one is not).  A
 * thread that has a request keeps the signal blocked (fcgi_accept()), so that it
 * interrupts no read, no database call and no upstream call.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/web/fcgi.h"
#include "core/web/listener.h"

#define WAKE_INTERVAL_MS 5
#define STACK_BYTES (256 * 1024)
#define ACCEPT_PAUSE_MS 100 /* after accept() failed for lack of a resource */
#define ACCEPT_LOG_MS 1000  /* minimum time between two log lines about it */

struct listener_thread {
	struct listener *listener;
	pthread_t thread;
	atomic_bool gone;
};

struct listener {
	struct handle handle;
	int listen_fd;
	int64_t count;
	atomic_bool stopping;
	_Atomic int64_t logged_ms; /* when a failed accept() was last logged */
	struct listener_thread *threads;
};

static void
wake(int signal)
{
	(void)signal;
}

void
listener_signals(void)
{
	struct sigaction action = { .sa_handler = wake };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigemptyset(&action.sa_mask);
	sigemptyset(&ignore.sa_mask);
	CHECK(sigaction(FCGI_WAKE_SIGNAL, &action, NULL) == 0);
	CHECK(sigaction(SIGPIPE, &ignore, NULL) == 0);
	CHECK(sigaction(SIGUSR1, &ignore, NULL) == 0);
}

static bool
may_log(struct listener *listener)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t before_ms = atomic_load(&listener->logged_ms);

	return (before_ms == 0 || now_ms - before_ms >= ACCEPT_LOG_MS) &&
	    atomic_compare_exchange_strong(&listener->logged_ms, &before_ms, now_ms);
}

/*
 * Without a free descriptor or memory accept() fails at once, again and again,
 * until some are released: threads would spin, so they pause.  With any other
 * error this socket will never accept again: the process ends, and the
 * supervisor starts a new one.
 */
static void
accept_failed(struct listener *listener, int error)
{
	if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM)
		BUG("cannot accept connections: %s", strerror(error));
	if (may_log(listener))
		log_event(LOG_LEVEL_ERROR, NULL, "cannot accept a connection", "error",
		    strerror(error), NULL);
	clock_sleep_ms(ACCEPT_PAUSE_MS);
}

static void
serve_request(struct listener *listener, struct fcgi *fcgi, struct arena *arena)
{
	handle_request(&listener->handle, fcgi, arena);
	arena_reset(arena);
	atomic_fetch_add_explicit(listener->handle.answered, 1, memory_order_relaxed);
}

/* A thread: serves requests until the drain, then one more on its kept connection. */
static void *
serve(void *argument)
{
	struct listener_thread *self = argument;
	struct listener *listener = self->listener;
	struct fcgi *fcgi = fcgi_new(listener->listen_fd);
	struct arena arena;

	arena_init(&arena);
	while (!atomic_load(&listener->stopping)) {
		enum fcgi_accepted accepted = fcgi_accept(fcgi);

		if (accepted == FCGI_ACCEPT_FAILED && !atomic_load(&listener->stopping))
			accept_failed(listener, errno);
		if (accepted == FCGI_ACCEPT_REQUEST)
			serve_request(listener, fcgi, &arena);
	}
	if (fcgi_accept_last(fcgi))
		serve_request(listener, fcgi, &arena);
	arena_release(&arena);
	fcgi_free(fcgi);
	atomic_store(&self->gone, true);
	return NULL;
}

struct listener *
listener_start(const struct handle *handle, int listen_fd, int64_t threads)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	pthread_attr_t attr;

	CHECK(listener != NULL);
	/* A non-blocking socket of the supervisor's would make accept() spin. */
	CHECK(fcntl(listen_fd, F_SETFL, fcntl(listen_fd, F_GETFL) & ~O_NONBLOCK) == 0);
	listener->handle = *handle;
	listener->listen_fd = listen_fd;
	listener->count = threads;
	listener->threads = calloc((size_t)threads, sizeof(*listener->threads));
	CHECK(listener->threads != NULL);
	pthread_attr_init(&attr);
#if !defined(__SANITIZE_ADDRESS__)
	pthread_attr_setstacksize(&attr, STACK_BYTES);
#endif
	for (int64_t i = 0; i < threads; i++) {
		struct listener_thread *thread = &listener->threads[i];

		thread->listener = listener;
		CHECK(pthread_create(&thread->thread, &attr, serve, thread) == 0);
	}
	pthread_attr_destroy(&attr);
	return listener;
}

/* Interrupts the threads that wait; returns how many have not left. */
static int64_t
wake_threads(struct listener *listener)
{
	int64_t left = 0;

	for (int64_t i = 0; i < listener->count; i++) {
		if (atomic_load(&listener->threads[i].gone))
			continue;
		left++;
		pthread_kill(listener->threads[i].thread, FCGI_WAKE_SIGNAL);
	}
	return left;
}

void
listener_give_up(struct listener *listener)
{
	atomic_store(&listener->stopping, true);
	(void)shutdown(listener->listen_fd, SHUT_RDWR);
}

bool
listener_drain(struct listener *listener, int64_t deadline_ms)
{
	atomic_store(&listener->stopping, true);
	while (wake_threads(listener) > 0) {
		if (clock_left_ms(deadline_ms) == 0)
			return false;
		clock_sleep_ms(WAKE_INTERVAL_MS);
	}
	for (int64_t i = 0; i < listener->count; i++)
		pthread_join(listener->threads[i].thread, NULL);
	free(listener->threads);
	free(listener);
	return true;
}
