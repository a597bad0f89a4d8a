/*
 * Reports to the service manager (sd_notify(3)): one datagram to the socket that
 * $NOTIFY_SOCKET names.  Nothing is sent where the variable is not set, as in the
 * sandbox.
 */
#ifndef PURSER_BASE_NOTIFY_H
#define PURSER_BASE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Sends lines of KEY=value, e.g. "READY=1"; false when there is no socket or it is closed. */
bool notify(const char *state);

/*
 * Prints to standard error why the program cannot start, and shows the first line of it in
 * `systemctl status`, which cuts off the log of a start that failed.
 */
void notify_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A quarter of the service manager's watchdog timeout; 0 = no watchdog is set. */
int64_t notify_watchdog_ms(void);

#endif
