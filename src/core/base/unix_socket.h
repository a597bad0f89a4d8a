/*
 * Unix sockets at a path.  A path at which another process listens is not taken from it; what a
 * dead one left behind is replaced.
 */
#ifndef PURSER_BASE_UNIX_SOCKET_H
#define PURSER_BASE_UNIX_SOCKET_H

#include <stdbool.h>
#include <sys/un.h>

/* False = the path is too long (errno is set). */
bool unix_socket_address(struct sockaddr_un *addr, const char *path);

/*
 * A socket of the type (SOCK_STREAM, which then listens with the backlog, or SOCK_DGRAM) at the
 * path, for its owner and group; -1 = errno says why, EADDRINUSE: a live process has it.
 */
int unix_socket_bind(const char *path, int type, int backlog);

/* Does a process have a socket at the path?  True also when that cannot be found out. */
bool unix_socket_is_live(const char *path, int type);

/* Why unix_socket_bind() failed, for an operator. */
const char *unix_socket_error(int error);

#endif
