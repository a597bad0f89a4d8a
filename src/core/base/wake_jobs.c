/* The datagram that wakes purser-jobs, from both ends. */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/unix_socket.h"
#include "core/base/wake_jobs.h"

void
wake_jobs(const char *path)
{
	static _Thread_local int fd = -1;
	struct sockaddr_un addr;

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || !unix_socket_address(&addr, path))
		return;
	/* Full or absent: purser-jobs is awake already, or will poll when it starts. */
	(void)!sendto(fd, "", 1, MSG_NOSIGNAL, (struct sockaddr *)&addr, sizeof(addr));
}

int
wake_jobs_open(const char *path)
{
	int fd = unix_socket_bind(path, SOCK_DGRAM, 0);

	if (fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
		close(fd);
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
