/* sd_notify(3) without libsystemd. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/notify.h"

/* A path, or an abstract name: '@' stands for its leading zero byte.  0 = neither. */
static socklen_t
address(struct sockaddr_un *addr, const char *name)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || name[1] == '\0' || len >= sizeof(addr->sun_path))
		return 0;
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	memcpy(addr->sun_path, name, len);
	if (name[0] == '@')
		addr->sun_path[0] = '\0';
	/* The length of an abstract name counts; that of a path includes its end. */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '/'));
}

bool
notify(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr;
	socklen_t addr_len;
	ssize_t sent;
	int fd;

	if (name == NULL || (addr_len = address(&addr, name)) == 0)
		return false;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&addr, addr_len);
	close(fd);
	return sent >= 0;
}

void
notify_failure(const char *format, ...)
{
	char text[8192], state[sizeof(text) + sizeof("STATUS=")];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs(text, stderr);
	snprintf(state, sizeof(state), "STATUS=%.*s", (int)strcspn(text, "\n"), text);
	notify(state);
}

int64_t
notify_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (usec == NULL || (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return strtoll(usec, NULL, 10) / 4000;
}
