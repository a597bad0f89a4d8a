/* Unix sockets at a path. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/unix_socket.h"

bool
unix_socket_address(struct sockaddr_un *addr, const char *path)
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

/* Closes a file that is of no use; errno stays. */
static int
give_up(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}

bool
unix_socket_is_live(const char *path, int type)
{
	struct sockaddr_un addr;
	bool live;
	int fd;

	if (!unix_socket_address(&addr, path))
		return false;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return true;
	live = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 ||
	    (errno != ECONNREFUSED && errno != ENOENT);
	close(fd);
	return live;
}

/* One process at a time looks at a path of the directory and replaces what is there. */
static int
lock_directory(const char *path)
{
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	const char *slash = strrchr(path, '/');
	int fd;

	if (slash == NULL)
		memcpy(directory, ".", 2);
	else if (slash == path)
		memcpy(directory, "/", 2);
	else {
		memcpy(directory, path, (size_t)(slash - path));
		directory[slash - path] = '\0';
	}
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX) != 0)
		return give_up(fd);
	return fd;
}

/* Under the lock of its directory. */
static int
bind_path(const struct sockaddr_un *addr, int type, int backlog)
{
	int fd;

	if (unix_socket_is_live(addr->sun_path, type)) {
		errno = EADDRINUSE;
		return -1;
	}
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	unlink(addr->sun_path);
	if (bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) != 0 ||
	    chmod(addr->sun_path, 0660) != 0 || (type == SOCK_STREAM && listen(fd, backlog) != 0))
		return give_up(fd);
	return fd;
}

int
unix_socket_bind(const char *path, int type, int backlog)
{
	struct sockaddr_un addr;
	int directory, fd;

	if (!unix_socket_address(&addr, path))
		return -1;
	directory = lock_directory(path);
	if (directory < 0)
		return -1;
	fd = bind_path(&addr, type, backlog);
	give_up(directory);
	return fd;
}

const char *
unix_socket_error(int error)
{
	return error == EADDRINUSE ?
	    "another process has it; stop that one or choose another path" :
	    strerror(error);
}
