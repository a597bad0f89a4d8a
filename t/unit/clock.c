/* Protects: times print as RFC 3339 and deadlines never go negative. */
#include <stdlib.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "t/lib/tap.h"

static const struct time_case {
	int64_t unix_s;
	const char *text;
} time_cases[] = {
	{ 0, "1970-01-01T00:00:00Z" },
	{ 951782400, "2000-02-29T00:00:00Z" },
	{ 1781913605, "2026-06-20T00:00:05Z" },
	{ 2147483648, "2038-01-19T03:14:08Z" },
	{ -1, "1969-12-31T23:59:59Z" },
	{ -62167219200, "0000-01-01T00:00:00Z" },
	{ -62167219201, "" },
	{ 253402300799, "9999-12-31T23:59:59Z" },
	{ 253402300800, "" },
	{ INT64_MAX, "" },
	{ INT64_MIN, "" },
};

static const struct ms_case {
	int64_t unix_ms;
	const char *text;
} ms_cases[] = {
	{ 0, "1970-01-01T00:00:00.000Z" },
	{ 1781913605007, "2026-06-20T00:00:05.007Z" },
	{ 253402300799999, "9999-12-31T23:59:59.999Z" },
	{ 253402300800000, "-" },
	{ -1, "-" },
	{ INT64_MIN, "-" },
};

/* The database's time goes on from what it said, whatever the program's wall clock shows. */
static void
test_database(void)
{
	int64_t asked_ms = clock_running_ms();

	ok(llabs(clock_database_ms() - clock_unix_ms()) < 1000,
	    "the database's time before its first answer is the program's");
	clock_database_set(86400000, asked_ms);
	ok(clock_database_ms() >= 86400000 && clock_database_ms() < 86400000 + 10000,
	    "the database's time is what it said");
	clock_sleep_ms(20);
	ok(clock_database_ms() >= 86400000 + 20, "the database's time goes on");
}

/* 1,999 points in time hit every carry of the nanoseconds. */
static void
test_monotonic_after(void)
{
	int wrong = 0;

	for (int64_t ms = 0; ms < 1999; ms++) {
		int64_t before = clock_monotonic_ms();
		struct timespec at = clock_monotonic_after(ms);
		int64_t at_ms = (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;

		wrong += at.tv_nsec < 0 || at.tv_nsec >= 1000000000 || at_ms < before + ms ||
		    at_ms > clock_monotonic_ms() + ms;
	}
	is_int(wrong, 0, "1,999 deadlines are as many milliseconds ahead as asked");
}

int
main(void)
{
	char text[CLOCK_RFC3339_MS_BYTES];
	int64_t before, slept;

	setenv("TZ", "America/St_Johns", 1); /* must not matter */
	for (size_t i = 0; i < sizeof time_cases / sizeof *time_cases; i++) {
		clock_rfc3339(time_cases[i].unix_s, text);
		is_str(text, time_cases[i].text, "%lld s", (long long)time_cases[i].unix_s);
	}
	for (size_t i = 0; i < sizeof ms_cases / sizeof *ms_cases; i++) {
		clock_rfc3339_ms(ms_cases[i].unix_ms, text);
		is_str(text, ms_cases[i].text, "%lld ms", (long long)ms_cases[i].unix_ms);
	}

	ok(llabs(clock_unix_ms() / 1000 - clock_unix_s()) <= 1, "both wall clocks agree");
	ok(clock_unix_s() > 1700000000, "the wall clock is of this age");
	test_monotonic_after();
	test_database();
	before = clock_monotonic_ms();
	is_int(clock_left_ms(before - 1000), 0, "a deadline in the past has nothing left");
	ok(clock_left_ms(before + 60000) > 50000 && clock_left_ms(before + 60000) <= 60000,
	    "a deadline ahead");
	clock_sleep_ms(-5);
	clock_sleep_ms(30);
	slept = clock_monotonic_ms() - before;
	ok(slept >= 30, "clock_sleep_ms sleeps at least as long as asked");
	return done();
}
