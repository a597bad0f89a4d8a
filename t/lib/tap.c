#include "t/lib/tap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int planned, run, failed;

void
plan(int count)
{
	setvbuf(stdout, NULL, _IOLBF, 0); /* what was printed survives a crash */
	planned = count;
	printf("1..%d\n", count);
}

/* TAP is one line a check: '#' would start a directive, a line break a new line. */
__attribute__((format(printf, 1, 0))) static void
print_name(const char *format, va_list args)
{
	char name[512];

	vsnprintf(name, sizeof name, format, args);
	for (char *c = name; *c != '\0'; c++) {
		if (*c == '#' || (unsigned char)*c < ' ')
			*c = '_';
	}
	printf("%s\n", name);
}

__attribute__((format(printf, 2, 0))) static bool
check(bool passed, const char *format, va_list args)
{
	run++;
	failed += !passed;
	printf("%sok %d - ", passed ? "" : "not ", run);
	print_name(format, args);
	fflush(stdout);
	return passed;
}

bool
ok(bool passed, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	check(passed, name, args);
	va_end(args);
	return passed;
}

bool
is_int(int64_t got, int64_t want, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	if (!check(got == want, name, args))
		diag("got %" PRId64 ", want %" PRId64, got, want);
	va_end(args);
	return got == want;
}

bool
is_str(const char *got, const char *want, const char *name, ...)
{
	bool same = got == NULL || want == NULL ? got == want : strcmp(got, want) == 0;
	va_list args;

	va_start(args, name);
	if (!check(same, name, args))
		diag(" got: %s\nwant: %s", got ? got : "(null)", want ? want : "(null)");
	va_end(args);
	return same;
}

void
skip(int count, const char *reason, ...)
{
	va_list args;

	for (; count > 0; count--) {
		printf("ok %d # skip ", ++run);
		va_start(args, reason);
		print_name(reason, args);
		va_end(args);
	}
}

void
diag(const char *text, ...)
{
	char remark[4096];
	va_list args;

	va_start(args, text);
	vsnprintf(remark, sizeof remark, text, args);
	va_end(args);
	for (char *line = remark, *end; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		fprintf(stderr, "# %s\n", line);
	}
}

int
done(void)
{
	if (planned == 0)
		printf("1..%d\n", run);
	else if (planned != run)
		diag("planned %d checks but ran %d", planned, run);
	return failed == 0 && run > 0 && (planned == 0 || planned == run) ? 0 : 1;
}
