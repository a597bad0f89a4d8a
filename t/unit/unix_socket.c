/* Protects: a socket is not taken from a live process; one that a dead process left is replaced. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/unix_socket.h"
#include "t/lib/tap.h"

static char dir[] = "/tmp/unix_socket.XXXXXX";
static char path[sizeof(dir) + 8];

static int64_t
mode(void)
{
	struct stat status;

	return stat(path, &status) == 0 ? (int64_t)(status.st_mode & 0777) : -1;
}

static void
test_type(int type, const char *name)
{
	int first = unix_socket_bind(path, type, 8), second;

	ok(first >= 0, "%s: a new path", name);
	is_int(mode(), 0660, "%s: the owner and the group may use it", name);
	ok(unix_socket_is_live(path, type), "%s: the path is live", name);
	errno = 0;
	is_int(unix_socket_bind(path, type, 8), -1, "%s: a live path is not taken", name);
	is_int(errno, EADDRINUSE, "%s: a live path is in use", name);
	ok(unix_socket_is_live(path, type), "%s: the path is live as before", name);
	is_int(unix_socket_bind(path, type == SOCK_STREAM ? SOCK_DGRAM : SOCK_STREAM, 8), -1,
	    "%s: a live path is not taken by a socket of the other type", name);

	close(first); /* as at the death of a process, the path stays */
	ok(!unix_socket_is_live(path, type), "%s: the path of a dead process is not live", name);
	second = unix_socket_bind(path, type, 8);
	ok(second >= 0, "%s: the path of a dead process is replaced", name);
	close(second);
	unlink(path);
}

static void
test_bad_paths(void)
{
	char too_long[300];

	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	is_int(unix_socket_bind(too_long, SOCK_STREAM, 8), -1,
	    "a path that is too long is refused");
	is_int(errno, ENAMETOOLONG, "a path that is too long: the error");
	is_int(unix_socket_bind("/nonexistent/x.sock", SOCK_STREAM, 8), -1,
	    "a directory that does not exist is refused");
	is_int(errno, ENOENT, "a directory that does not exist: the error");
	ok(strstr(unix_socket_error(EADDRINUSE), "another process") != NULL,
	    "a path in use: the operator reads that another process has it");
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/a.sock", dir);
	test_type(SOCK_STREAM, "stream");
	test_type(SOCK_DGRAM, "datagram");
	test_bad_paths();
	rmdir(dir);
	return done();
}
