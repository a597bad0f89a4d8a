/* Fault points: kill, freeze or delay the process at a point that a test names. */
#include "core/base/fault.h"

#ifdef PURSER_FAULT_POINTS

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/bug.h"
#include "core/base/clock.h"

#define FAULT_LABEL_BYTES 256

/* PURSER_FAULT_POINT, parsed; an empty label never fires. */
static char fault_label[FAULT_LABEL_BYTES];
static atomic_long fault_passes_left;
static pthread_once_t fault_once = PTHREAD_ONCE_INIT;

static void
fault_read(void)
{
	const char *wanted = getenv("PURSER_FAULT_POINT");
	char *count;

	if (wanted == NULL)
		return;
	CHECK(strlen(wanted) < sizeof fault_label);
	snprintf(fault_label, sizeof fault_label, "%s", wanted);
	count = strrchr(fault_label, '#');
	if (count != NULL)
		*count++ = '\0';
	atomic_store(&fault_passes_left, count == NULL ? 1 : strtol(count, NULL, 10));
}

static void
fault_record(const char *label)
{
	const char *path = getenv("PURSER_FAULT_LOG");
	char line[FAULT_LABEL_BYTES + 1];
	int fd, len;

	if (path == NULL)
		return;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	len = snprintf(line, sizeof line, "%s\n", label);
	CHECK(write(fd, line, (size_t)len) == len);
	close(fd);
}

/* Kills or freezes the process, or sleeps. */
static void
fault_fire(void)
{
	const char *ms = getenv("PURSER_FAULT_SLEEP_MS");

	if (ms != NULL)
		clock_sleep_ms(strtol(ms, NULL, 10));
	else if (getenv("PURSER_FAULT_FREEZE") != NULL)
		raise(SIGSTOP); /* this thread takes the signal, so it does not go on meanwhile */
	else
		kill(getpid(), SIGKILL);
}

void
fault_point(const char *when, const char *what)
{
	char label[FAULT_LABEL_BYTES];

	pthread_once(&fault_once, fault_read);
	CHECK(snprintf(label, sizeof label, "%s %s", when, what) < (int)sizeof label);
	fault_record(label);
	if (strcmp(label, fault_label) != 0)
		return;
	if (atomic_fetch_sub(&fault_passes_left, 1) == 1)
		fault_fire();
}

int64_t
fault_lease_ms(int64_t lease_ms)
{
	const char *wanted = getenv("PURSER_FAULT_LEASE_MS");

	return wanted == NULL ? lease_ms : strtoll(wanted, NULL, 10);
}

#endif
