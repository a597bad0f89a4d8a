#include "config.h"

#include <fcgiapp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <errno.h>
#include <unistd.h>

#include "core/base/bug.h"
#include "core/web/fcgi.h"

struct fcgi {
	FCGX_Request request;
};

void
fcgi_init(void)
{
	CHECK(FCGX_Init() == 0);
}

/*
 * Not FCGX_OpenSocket(): it ends the process on failure and leaves the mode of
 * the socket to the umask.
 */
int
fcgi_listen(const char *path, int backlog)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || chmod(path, 0660) != 0 ||
	    listen(fd, backlog) != 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

struct fcgi *
fcgi_new(int listen_fd)
{
	struct fcgi *fcgi = calloc(1, sizeof(*fcgi));

	CHECK(fcgi != NULL);
	CHECK(FCGX_InitRequest(&fcgi->request, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) == 0);
	return fcgi;
}

void
fcgi_free(struct fcgi *fcgi)
{
	FCGX_Free(&fcgi->request, 1);
	free(fcgi);
}

bool
fcgi_accept(struct fcgi *fcgi)
{
	return FCGX_Accept_r(&fcgi->request) >= 0;
}

const char *
fcgi_param(struct fcgi *fcgi, const char *name)
{
	return FCGX_GetParam(name, fcgi->request.envp);
}

size_t
fcgi_read(struct fcgi *fcgi, char *data, size_t len)
{
	int got = FCGX_GetStr(data, (int)len, fcgi->request.in);

	return got > 0 ? (size_t)got : 0;
}

void
fcgi_write(struct fcgi *fcgi, const char *data, size_t len)
{
	FCGX_PutStr(data, (int)len, fcgi->request.out);
}

void
fcgi_finish(struct fcgi *fcgi)
{
	FCGX_Finish_r(&fcgi->request);
}
