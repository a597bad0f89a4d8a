/*
 * The watchdog of a worker.  A thread asks GET /health on each listening
 * socket, as nginx would, and reports WATCHDOG=1 to the service manager when
 * every one has answered, whatever the answer is.  So a report proves that in
 * each lane a thread accepts a connection, reads a request, takes its turn at
 * the database pool and answers; a deadlock among the threads ends the reports
 * although the process lives.  A database that is away does not: 503 is an
 * answer, and a new process would have no other one.
 */
#ifndef PURSER_WEB_WATCHDOG_H
#define PURSER_WEB_WATCHDOG_H

#define WATCHDOG_SOCKETS_MAX 2

/* Starts the thread if the manager set a watchdog; it ends with the process.  A socket of -1 is none. */
void watchdog_start(const int listening[WATCHDOG_SOCKETS_MAX]);

#endif
