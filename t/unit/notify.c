/* Protects: messages reach the service manager, on a path and on an abstract socket. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/notify.h"
#include "t/lib/tap.h"

/* The manager's side: a datagram socket with that name, '@' for an abstract one. */
static int
manager(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(addr.sun_path, name, len);
	if (name[0] == '@')
		addr.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path) + (name[0] == '/');
	return fd >= 0 && bind(fd, (struct sockaddr *)&addr, (socklen_t)len) == 0 ? fd : -1;
}

/* The next datagram, NULL = none: one has arrived when its sendto() returns. */
static const char *
received(int fd)
{
	static char text[256];
	ssize_t got = recv(fd, text, sizeof(text) - 1, 0);

	if (got < 0)
		return NULL;
	text[got] = '\0';
	return text;
}

static void
sends_to(const char *name, const char *what)
{
	int fd = manager(name);

	ok(fd >= 0, "%s: the manager listens", what);
	setenv("NOTIFY_SOCKET", name, 1);
	ok(notify("READY=1\nSTATUS=serving"), "%s: it is sent", what);
	is_str(received(fd), "READY=1\nSTATUS=serving", "%s: and arrives whole", what);
	is_str(received(fd), NULL, "%s: once", what);
	close(fd);
	ok(!notify("STOPPING=1"), "%s: false when the manager has gone", what);
}

static void
sends_nothing(const char *name, const char *what)
{
	if (name == NULL)
		unsetenv("NOTIFY_SOCKET");
	else
		setenv("NOTIFY_SOCKET", name, 1);
	ok(!notify("READY=1"), "%s: nothing is sent", what);
}

/* The text goes to standard error as it is; prove shows it as a remark. */
static void
reports_failure(const char *name)
{
	int fd = manager(name);

	setenv("NOTIFY_SOCKET", name, 1);
	notify_failure("# cannot start: %s\n# second line\n", "no database");
	is_str(received(fd), "STATUS=# cannot start: no database",
	    "a failure is reported with its first line");
	close(fd);
}

static void
watched(const char *usec, const char *pid, int64_t want, const char *what)
{
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	if (usec != NULL)
		setenv("WATCHDOG_USEC", usec, 1);
	if (pid != NULL)
		setenv("WATCHDOG_PID", pid, 1);
	is_int(notify_watchdog_ms(), want, "%s", what);
}

int
main(void)
{
	char dir[] = "/tmp/purser-notify-XXXXXX", path[64], abstract[64], pid[32], too_long[200];

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/socket", dir);
	snprintf(abstract, sizeof(abstract), "@purser-notify-%ld", (long)getpid());
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[0] = '/';
	too_long[sizeof(too_long) - 1] = '\0';

	sends_to(path, "a path");
	sends_to(abstract, "an abstract name");
	reports_failure(abstract);
	sends_nothing(NULL, "no socket is named");
	sends_nothing("", "an empty name");
	sends_nothing("/", "only the slash");
	sends_nothing("relative", "a name of neither kind");
	sends_nothing(too_long, "a name that does not fit");

	watched(NULL, NULL, 0, "no watchdog");
	watched("60000000", NULL, 15000, "a quarter of the watchdog's time");
	watched("60000000", pid, 15000, "the watchdog means this process");
	watched("60000000", "1", 0, "the watchdog means another process");
	watched("nonsense", pid, 0, "a time that is no number");

	unlink(path);
	rmdir(dir);
	return done();
}
