/*
 * The watchdog of a worker.  A thread reports WATCHDOG=1 to the service manager
 * when every listener has made progress: it has answered a request since the report
 * before, or it answers GET /health, which the watchdog asks as nginx would,
 * whatever the answer is.  So a report proves that in each listener a thread takes
 * requests, takes its turn at the database pool and answers; a deadlock among
 * the threads ends the reports although the process lives.  A database that is
 * away does not: 503 is an answer, and a new process would have no other one.
 *
 * Nor does overload.  While all threads of a listener are busy the question waits in
 * the backlog, and the listener still answers one of its requests within the longest
 * time that the settings allow for one.  The listeners are asked at the same time.
 * So the longest silence of a healthy worker is that time and the pause between
 * two reports, a quarter of the watchdog's time.  When the longest request
 * exceeds half of the watchdog's time the worker has the manager wait longer:
 * twice the longest request.  A worker that hangs ends within 5/4 of that.
 */
#ifndef PURSER_WEB_WATCHDOG_H
#define PURSER_WEB_WATCHDOG_H

#include <stdint.h>

#define WATCHDOG_LISTENERS_MAX 2

/* Where a listener listens (-1 = there is none), and how many requests it has answered. */
struct watchdog_listener {
	int listen_fd;
	_Atomic int64_t answered;
};

/*
 * Starts the thread if the manager set a watchdog; it and the listeners' rows end with
 * the process.  No request of a healthy worker takes more than longest_ms.
 */
void watchdog_start(const struct watchdog_listener listeners[WATCHDOG_LISTENERS_MAX],
    int64_t longest_ms);

#endif
