/*
 * One key=value line per event on standard error, written by one write(2):
 *   ts=2026-11-20T12:00:00.123Z level=info program=purser-payments req=… msg="…" key=value
 * Values are quoted and escaped where needed (all but printable ASCII: \xHH) and
 * cut at LIMIT_LOG_VALUE_BYTES; the line at LIMIT_LOG_LINE_BYTES (then cut=yes).
 * Never pass a credential, a signature, a client secret or personal data.
 */
#ifndef PURSER_BASE_LOG_H
#define PURSER_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/*
 * program is in every line (the pointer is kept); lines below `least` are dropped.
 * Call it once, before any thread.
 */
void log_init(const char *program, enum log_level least);

/*
 * request_id may be NULL.  The rest is pairs of const char * (key, value; a
 * NULL value prints as -) and ends with a NULL key.
 */
void log_event(enum log_level level, const char *request_id, const char *message, ...)
    __attribute__((sentinel));

/* Are lines of that level written?  Ask before computing costly values. */
bool log_wants(enum log_level level);

/* "info" -> LOG_LEVEL_INFO; -1 = no such level. */
int log_level_parse(const char *name);

#endif
