/* A listening socket and the threads that serve it. */
#ifndef PURSER_WEB_LISTENER_H
#define PURSER_WEB_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/web/handle.h"

struct listener;

/* Starts `threads` threads on listen_fd. */
struct listener *listener_start(const struct handle *handle, int listen_fd, int64_t threads);

/*
 * Accepts no more connections, and gives up the path of the socket: a successor may take it while
 * the last requests are answered.  Not for a socket of the supervisor, which the successor gets.
 */
void listener_give_up(struct listener *listener);

/*
 * Waits until running requests end and idle threads leave; false = some were still
 * busy at the deadline.  Wakes threads with FCGI_WAKE_SIGNAL (listener_signals()).
 */
bool listener_drain(struct listener *listener, int64_t deadline_ms);

/* Once per process, after fcgi_init(): replaces libfcgi's signal handlers. */
void listener_signals(void);

#endif
