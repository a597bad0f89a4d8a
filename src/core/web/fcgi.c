/* FastCGI connections over libfcgi: accept, wait, read, answer. */
#include "config.h"

#include <errno.h>
#include <fcgiapp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/base/unix_socket.h"
#include "core/web/fcgi.h"

/* Larger than any body that nginx lets through (client_max_body_size). */
#define FCGI_BODY_MAX (2 * LIMIT_CSV_BODY_BYTES)
#define DRAIN_BYTES 8192
/* nginx sends a request as soon as it has connected. */
#define FIRST_REQUEST_MS 1000
/* How long a draining thread waits for one more request on its kept connection. */
#define LAST_REQUEST_MS 500

struct fcgi {
	FCGX_Request request;
	int listen_fd;
	sigset_t waiting;    /* the thread's mask while it waits: without FCGI_WAKE_SIGNAL */
	bool last;           /* the connection is closed after the answer */
	int64_t deadline_ms; /* of reading the body; drain() sets another */
};

void
fcgi_init(void)
{
	CHECK(FCGX_Init() == 0);
}

/*
 * FCGX_OpenSocket() is not used: it ends the process on failure and leaves the mode of the
 * socket to the umask.
 */
int
fcgi_listen(const char *path, int backlog)
{
	return unix_socket_bind(path, SOCK_STREAM, backlog);
}

static void
block_wake_signal(struct fcgi *fcgi)
{
	sigset_t wake;

	sigemptyset(&wake);
	sigaddset(&wake, FCGI_WAKE_SIGNAL);
	CHECK(pthread_sigmask(SIG_BLOCK, &wake, &fcgi->waiting) == 0);
	sigdelset(&fcgi->waiting, FCGI_WAKE_SIGNAL);
}

/* libfcgi gets no listening socket, because its accept() has no time limit. */
struct fcgi *
fcgi_new(int listen_fd)
{
	struct fcgi *fcgi = calloc(1, sizeof(*fcgi));

	CHECK(fcgi != NULL);
	CHECK(FCGX_InitRequest(&fcgi->request, -1, FCGI_FAIL_ACCEPT_ON_INTR) == 0);
	fcgi->listen_fd = listen_fd;
	block_wake_signal(fcgi);
	return fcgi;
}

/* Closes without libfcgi, which would wait up to 2 s for the peer to close, too. */
void
fcgi_free(struct fcgi *fcgi)
{
	FCGX_Free(&fcgi->request, 0);
	if (fcgi->request.ipcFd >= 0)
		close(fcgi->request.ipcFd);
	free(fcgi);
}

/* --- the next request ----------------------------------------------------- */

/* Limits how long a peer that stops in the middle of a request or an answer holds a thread. */
static void
limit_waits(int fd)
{
	const struct timeval limit = { .tv_sec = LIMIT_FCGI_IO_MS / 1000,
		.tv_usec = LIMIT_FCGI_IO_MS % 1000 * 1000 };

	CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0);
}

/*
 * accept() that the signal interrupts.  ppoll() before it would wake every waiting thread for
 * one connection (thundering herd).
 */
static int
accept_wakeably(const struct fcgi *fcgi)
{
	sigset_t serving;
	int fd, error;

	CHECK(pthread_sigmask(SIG_SETMASK, &fcgi->waiting, &serving) == 0);
	fd = accept4(fcgi->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	error = errno;
	CHECK(pthread_sigmask(SIG_SETMASK, &serving, NULL) == 0);
	errno = error;
	return fd;
}

static enum fcgi_accepted
accept_connection(struct fcgi *fcgi)
{
	int fd = accept_wakeably(fcgi);

	if (fd < 0)
		return errno == EINTR || errno == ECONNABORTED ? FCGI_ACCEPT_NONE :
								 FCGI_ACCEPT_FAILED;
	limit_waits(fd);
	fcgi->request.ipcFd = fd;
	/* FCGX_Accept_r() first ends the earlier request; this keeps it from closing the socket. */
	fcgi->request.keepConnection = 1;
	return FCGI_ACCEPT_REQUEST;
}

/* Waits with the signal blocked. */
static bool
wait_readable(int fd, int ms)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };

	return poll(&readable, 1, ms) > 0;
}

/* Waits on a kept connection, without a time limit; false = the signal came. */
static bool
wait_request(const struct fcgi *fcgi)
{
	struct pollfd readable = { .fd = fcgi->request.ipcFd, .events = POLLIN };

	return ppoll(&readable, 1, NULL, &fcgi->waiting) > 0;
}

/* Reads the parameters; a malformed or incomplete request closes the connection. */
static bool
read_request(struct fcgi *fcgi)
{
	if (FCGX_Accept_r(&fcgi->request) != 0)
		return false;
	fcgi->deadline_ms = clock_monotonic_ms() + LIMIT_FCGI_IO_MS;
	return true;
}

enum fcgi_accepted
fcgi_accept(struct fcgi *fcgi)
{
	if (fcgi->request.ipcFd < 0) {
		enum fcgi_accepted accepted = accept_connection(fcgi);

		if (accepted != FCGI_ACCEPT_REQUEST)
			return accepted;
		/*
		 * nginx sends a request on a new connection at once.  A thread that drains
		 * waits for that request, too.
		 */
		(void)wait_readable(fcgi->request.ipcFd, FIRST_REQUEST_MS);
	}
	if (!wait_request(fcgi))
		return FCGI_ACCEPT_NONE;
	return read_request(fcgi) ? FCGI_ACCEPT_REQUEST : FCGI_ACCEPT_NONE;
}

bool
fcgi_accept_last(struct fcgi *fcgi)
{
	fcgi->last = true;
	return fcgi->request.ipcFd >= 0 && wait_readable(fcgi->request.ipcFd, LAST_REQUEST_MS) &&
	    read_request(fcgi);
}

/* --- its content ---------------------------------------------------------- */

/* FCGX_GetParam() knows only the first one. */
const char *
fcgi_param(struct fcgi *fcgi, const char *name, size_t i)
{
	size_t len = strlen(name);

	for (char **param = fcgi->request.envp; *param != NULL; param++) {
		if (strncmp(*param, name, len) == 0 && (*param)[len] == '=' && i-- == 0)
			return *param + len + 1;
	}
	return NULL;
}

/* Waits for one byte and reads what came with it; 0 = the end, or a timeout. */
static size_t
read_some(struct fcgi *fcgi, char *data, size_t len)
{
	FCGX_Stream *in = fcgi->request.in;
	size_t there;

	if (clock_left_ms(fcgi->deadline_ms) == 0 || FCGX_GetStr(data, 1, in) != 1)
		return 0;
	there = (size_t)(in->stop - in->rdNext);
	if (there > len - 1)
		there = len - 1;
	return 1 + (size_t)FCGX_GetStr(data + 1, (int)there, in);
}

size_t
fcgi_read(struct fcgi *fcgi, char *data, size_t len)
{
	size_t total = 0;
	size_t got;

	while (total < len && (got = read_some(fcgi, data + total, len - total)) > 0)
		total += got;
	return total;
}

/* --- its end -------------------------------------------------------------- */

/*
 * Reads up to the empty record that closes the body; false = it did not come.  The
 * time that the handler took does not count: nginx has sent the record long ago.
 */
static bool
drain(struct fcgi *fcgi)
{
	FCGX_Stream *in = fcgi->request.in;
	char ignored[DRAIN_BYTES];
	size_t total = 0;
	size_t got;

	fcgi->deadline_ms = clock_monotonic_ms() + LIMIT_FCGI_IO_MS;
	while (total <= FCGI_BODY_MAX && (got = read_some(fcgi, ignored, sizeof(ignored))) > 0)
		total += got;
	return FCGX_HasSeenEOF(in) != 0 && FCGX_GetError(in) == 0;
}

void
fcgi_answer(struct fcgi *fcgi, const char *head, size_t head_len, const char *body, size_t body_len)
{
	bool drained = drain(fcgi);

	FCGX_PutStr(head, (int)head_len, fcgi->request.out);
	FCGX_PutStr(body, (int)body_len, fcgi->request.out);
	if (!drained || fcgi->last)
		fcgi->request.keepConnection = 0;
	FCGX_Finish_r(&fcgi->request);
}
