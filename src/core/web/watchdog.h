/*
 * The watchdog of a program that serves.  A thread reports WATCHDOG=1 to the
 * service manager when every listener has made progress since the last report:
 * it has answered a request, or it answers a probe, GET /health, which the
 * watchdog sends as nginx would, whatever the answer is.  So a report proves that
 * in each listener a thread takes requests, waits for the database pool and
 * answers.  A deadlock among the threads ends the reports although the process
 * lives.  A database that is down does not end them: 503 is an answer, and a new
 * process could not give another one.
 *
 * Overload does not end the reports either.  While all threads of a listener are
 * busy the probe waits in the backlog, and the listener still answers one of its
 * requests within the longest time that the settings allow.  All listeners are
 * probed at the same time.  So the longest silence of a healthy program is that
 * time and the pause between two reports, a quarter of the watchdog's timeout.
 * When the longest request takes more than half of the timeout, the program asks
 * the manager for a longer one: twice the longest request.  A program that hangs
 * is ended within 5/4 of the timeout.
 */
#ifndef PURSER_WEB_WATCHDOG_H
#define PURSER_WEB_WATCHDOG_H

#include <stdint.h>

#define WATCHDOG_LISTENERS_MAX 2

/* The socket of a listener (-1 = no listener) and its number of answered requests. */
struct watchdog_listener {
	int listen_fd;
	_Atomic int64_t answered;
};

/*
 * Starts the thread if the manager has set a watchdog; the thread and `listeners` live as long
 * as the process.  No request of a healthy program takes more than longest_ms.
 */
void watchdog_start(const struct watchdog_listener listeners[WATCHDOG_LISTENERS_MAX],
    int64_t longest_ms);

#endif
