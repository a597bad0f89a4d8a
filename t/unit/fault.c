/* Protects: a fault point ends the process at the chosen pass of the chosen point only. */
#ifndef PURSER_FAULT_POINTS
#define PURSER_FAULT_POINTS
#endif

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The code itself: libcore has it only in a build with --enable-fault-points. */
#include "core/base/fault.c"
#include "t/lib/tap.h"

static const struct fault_case {
	const char *name;
	const char *point; /* NULL = not set */
	int passes;        /* that are in the log when all is over */
	bool killed;
} fault_cases[] = {
	{ "not asked for", NULL, 6, false },
	{ "label that is never passed", "before nothing", 6, false },
	{ "first pass", "before call", 1, true },
	{ "first pass by number", "before call#1", 1, true },
	{ "third pass", "before call#3", 5, true },
	{ "pass after the last", "before call#4", 6, false },
	{ "other label", "after call#2", 4, true },
	{ "only the begin of a label", "before", 6, false },
};

/* Three times before and after a call, in a process of its own. */
static int
run_child(const char *point, const char *log)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		setenv("PURSER_FAULT_LOG", log, 1);
		if (point != NULL)
			setenv("PURSER_FAULT_POINT", point, 1);
		for (int i = 0; i < 3; i++) {
			fault_point("before", "call");
			fault_point("after", "call");
		}
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

static void
test_case(const struct fault_case *c, const char *log)
{
	static const char all[] = "before call\nafter call\nbefore call\nafter call\n"
				  "before call\nafter call\n";
	char passed[200] = "", want[200] = "";
	const char *at = all;
	FILE *file;
	int status;

	unlink(log);
	status = run_child(c->point, log);
	ok(WIFSIGNALED(status) == c->killed && (!c->killed || WTERMSIG(status) == SIGKILL),
	    "%s: %s", c->name, c->killed ? "killed" : "left alone");
	file = fopen(log, "r");
	if (file != NULL && fread(passed, 1, sizeof passed - 1, file) > 0)
		fclose(file);
	for (int i = 0; i < c->passes; i++)
		at = strchr(at, '\n') + 1;
	strncat(want, all, (size_t)(at - all));
	is_str(passed, want, "%s: log", c->name);
}

static void
test_lease(void)
{
	is_int(fault_lease_ms(60000), 60000, "lease: as it is");
	setenv("PURSER_FAULT_LEASE_MS", "500", 1);
	is_int(fault_lease_ms(60000), 500, "lease: shortened by the environment");
	unsetenv("PURSER_FAULT_LEASE_MS");
}

int
main(void)
{
	char log[] = "/tmp/purser-fault-XXXXXX";
	int fd = mkstemp(log);

	if (fd < 0)
		return 1;
	close(fd);
	for (size_t i = 0; i < sizeof fault_cases / sizeof *fault_cases; i++)
		test_case(&fault_cases[i], log);
	unlink(log);
	test_lease();
	return done();
}
