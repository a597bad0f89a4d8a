/*
 * Another wall clock for a program that preloads this: MOVED_CLOCK_S seconds are added to the time
 * of day.  The monotonic clock, by which timeouts are measured, stays.  All calls are also right
 * inside a signal handler: PostgreSQL asks for the time in that of its timeouts.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t moved_s;

__attribute__((constructor)) static void
moved_clock_init(void)
{
	const char *seconds = getenv("MOVED_CLOCK_S");

	if (seconds != NULL)
		moved_s = strtoll(seconds, NULL, 10);
}

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	if (syscall(SYS_clock_gettime, clock, now) != 0)
		return -1;
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		now->tv_sec += moved_s;
	return 0;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec precise;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &precise);
	*now = (struct timeval) { precise.tv_sec, precise.tv_nsec / 1000 };
	return 0;
}

time_t
time(time_t *stored)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (stored != NULL)
		*stored = now.tv_sec;
	return now.tv_sec;
}
