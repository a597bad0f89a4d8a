/* The datagram that wakes purser-jobs, from both ends. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base/wake_jobs.h"

static bool
address(struct sockaddr_un *addr, const char *path)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(addr->sun_path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(addr->sun_path, path, strlen(path) + 1);
	return true;
}

void
wake_jobs(const char *path)
{
	static _Thread_local int fd = -1;
	struct sockaddr_un addr;

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || !address(&addr, path))
		return;
	/* Full or absent: purser-jobs is awake already, or will poll when it starts. */
	(void)!sendto(fd, "", 1, MSG_NOSIGNAL, (struct sockaddr *)&addr, sizeof(addr));
}

int
wake_jobs_open(const char *path)
{
	struct sockaddr_un addr;
	int fd;

	if (!address(&addr, path))
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || chmod(path, 0660) != 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

bool
wake_jobs_wait(int fd, int64_t timeout_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char byte[16];

	if (poll(&poll_fd, 1, (int)timeout_ms) <= 0)
		return false;
	while (recv(fd, byte, sizeof(byte), 0) >= 0)
		continue;
	return true;
}
