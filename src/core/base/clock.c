/* Clocks, deadlines and RFC 3339. */
#include "core/base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/text.h"

/* Without bug.h, whose messages go through the log and so through this file. */
static struct timespec
now_of(clockid_t id)
{
	struct timespec now;

	if (clock_gettime(id, &now) != 0)
		abort();
	return now;
}

static int64_t
now_ms(clockid_t id)
{
	struct timespec now = now_of(id);

	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_unix_s(void)
{
	return now_ms(CLOCK_REALTIME) / 1000;
}

int64_t
clock_unix_ms(void)
{
	return now_ms(CLOCK_REALTIME);
}

int64_t
clock_monotonic_ms(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

struct timespec
clock_monotonic_after(int64_t ms)
{
	struct timespec at = now_of(CLOCK_MONOTONIC);

	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

int64_t
clock_running_ms(void)
{
	return now_ms(CLOCK_BOOTTIME);
}

/* The database's time less clock_running_ms(). */
static _Atomic int64_t database_offset_ms = INT64_MIN;

int64_t
clock_database_ms(void)
{
	int64_t offset_ms = atomic_load(&database_offset_ms);

	return offset_ms == INT64_MIN ? clock_unix_ms() : clock_running_ms() + offset_ms;
}

void
clock_database_set(int64_t database_ms, int64_t asked_ms)
{
	atomic_store(&database_offset_ms, database_ms - asked_ms);
}

int64_t
clock_left_ms(int64_t deadline_monotonic_ms)
{
	int64_t now = clock_monotonic_ms();

	return deadline_monotonic_ms > now ? deadline_monotonic_ms - now : 0;
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	if (ms <= 0)
		return;
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static bool
calendar(int64_t unix_s, struct tm *tm)
{
	time_t t = (time_t)unix_s;

	return gmtime_r(&t, tm) != NULL && tm->tm_year >= -1900 && tm->tm_year <= 9999 - 1900;
}

void
clock_rfc3339(int64_t unix_s, char out[CLOCK_RFC3339_BYTES])
{
	char text[96]; /* the compiler does not know how few digits each number has */
	struct tm tm;

	out[0] = '\0';
	if (!calendar(unix_s, &tm))
		return;
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	memcpy(out, text, CLOCK_RFC3339_BYTES);
}

bool
clock_read_rfc3339(const char *text, int64_t *unix_s)
{
	char again[CLOCK_RFC3339_BYTES];
	struct tm tm = { 0 };
	const char *rest;

	if (!text_begins_with_form(text, "0000-00-00T00:00:00"))
		return false;
	rest = text + sizeof "0000-00-00T00:00:00" - 1;
	if (rest[0] == '.' && rest[1] >= '0' && rest[1] <= '9')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (strcmp(rest, "Z") != 0)
		return false;
	tm.tm_year = text_number(text, 4) - 1900;
	tm.tm_mon = text_number(text + 5, 2) - 1;
	tm.tm_mday = text_number(text + 8, 2);
	tm.tm_hour = text_number(text + 11, 2);
	tm.tm_min = text_number(text + 14, 2);
	tm.tm_sec = text_number(text + 17, 2);
	*unix_s = timegm(&tm);
	/* what the calendar does not have was moved, and reads otherwise now */
	clock_rfc3339(*unix_s, again);
	return *unix_s >= 0 && strncmp(text, again, sizeof(again) - 2) == 0;
}

void
clock_rfc3339_ms(int64_t unix_ms, char out[CLOCK_RFC3339_MS_BYTES])
{
	struct tm tm;

	if (unix_ms < 0 || !calendar(unix_ms / 1000, &tm)) {
		memcpy(out, "-", 2);
		return;
	}
	strftime(out, CLOCK_RFC3339_MS_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + strlen(out), sizeof ".000Z", ".%03dZ", (int)(unix_ms % 1000));
}
