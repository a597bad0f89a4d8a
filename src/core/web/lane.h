/* A listening socket and the threads that serve it. */
#ifndef PURSER_WEB_LANE_H
#define PURSER_WEB_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/web/handle.h"

struct lane;

/* Starts `threads` threads on listen_fd. */
struct lane *lane_start(const struct handle *handle, int listen_fd, int64_t threads);

/*
 * Lets running requests end and idle threads leave; false when some were still
 * busy at the deadline.  Wakes threads with FCGI_WAKE_SIGNAL (lane_signals()).
 */
bool lane_drain(struct lane *lane, int64_t deadline_ms);

/* Once per process, after fcgi_init(): our handlers in place of libfcgi's. */
void lane_signals(void);

#endif
