/* Time.  Wall clock for records, monotonic clock for deadlines. */
#ifndef PURSER_BASE_CLOCK_H
#define PURSER_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

int64_t clock_unix_s(void);
int64_t clock_unix_ms(void);
int64_t clock_monotonic_ms(void);

/*
 * The database's time: its clock orders what is stored, and the program's is not compared with
 * that.  It goes on from what the database said last, and needs no further answer.  Before the
 * first one (tests without a database) it is the program's.
 */
int64_t clock_database_ms(void);

/* The database said so, asked at asked_ms (clock_running_ms()). */
void clock_database_set(int64_t database_ms, int64_t asked_ms);

/* Since the boot, the time of a suspended machine included. */
int64_t clock_running_ms(void);

/* Deadline arithmetic: milliseconds left, never negative. */
int64_t clock_left_ms(int64_t deadline_monotonic_ms);
void clock_sleep_ms(int64_t ms);

/* The monotonic time `ms` from now, for sem_clockwait(). */
struct timespec clock_monotonic_after(int64_t ms);

/* RFC 3339 UTC with Z: "2026-06-20T00:00:05Z".  "" outside the years 0 to 9999. */
#define CLOCK_RFC3339_BYTES sizeof "2026-06-20T00:00:05Z"
void clock_rfc3339(int64_t unix_s, char out[CLOCK_RFC3339_BYTES]);

/*
 * Reads it, with any fraction of a second, which is dropped; false = it is not of this form, in UTC
 * with Z, between 1970 and 9999.
 */
bool clock_read_rfc3339(const char *text, int64_t *unix_s);

/* The same with milliseconds for the log; "-" outside 1970 to 9999. */
#define CLOCK_RFC3339_MS_BYTES sizeof "2026-06-20T00:00:05.123Z"
void clock_rfc3339_ms(int64_t unix_ms, char out[CLOCK_RFC3339_MS_BYTES]);

#endif
