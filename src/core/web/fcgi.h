/*
 * FastCGI: the only user of libfcgi, and the only reader and writer of its
 * connections.  There is one struct fcgi per thread.  nginx keeps connections, and a
 * thread stays with the one that it serves.
 *
 * The limits of time and size assume nginx as the peer.  nginx has the whole request
 * before it sends any of it (fastcgi_request_buffering) and takes the whole answer at
 * once (fastcgi_buffering), however slow its client is.  A peer that sends the
 * parameters byte by byte could hold a thread for any time: each read has a limit, the
 * parameters as a whole have none.  The sockets' mode (0660) lets only nginx's group
 * open them; the programs of that group are trusted.
 */
#ifndef PURSER_WEB_FCGI_H
#define PURSER_WEB_FCGI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/bug.h"

/* Ends a thread's wait for a request, and interrupts nothing else; needs a handler. */
#define FCGI_WAKE_SIGNAL SIGUSR2

struct fcgi;

enum fcgi_accepted {
	FCGI_ACCEPT_REQUEST, /* a request is there: fcgi_answer() must end it */
	/* a signal came, or the peer left: check whether to stop, then call again */
	FCGI_ACCEPT_NONE,
	FCGI_ACCEPT_FAILED, /* accept() failed, see errno */
};

/* Once per process, before any thread and before our own signal handlers. */
void fcgi_init(void);

/* Opens a unix socket (unix_socket_bind); -1 and errno when it cannot. */
int fcgi_listen(const char *path, int backlog);

/* For the calling thread, in which FCGI_WAKE_SIGNAL is blocked from now on. */
struct fcgi *fcgi_new(int listen_fd);
void fcgi_free(struct fcgi *fcgi);

/*
 * Waits for the next request, on the kept connection or on a new one.  The signal is
 * delivered during this wait only, not while a request is read, handled or answered.
 * One that comes just before accept() is lost.
 */
enum fcgi_accepted fcgi_accept(struct fcgi *fcgi);

/*
 * For a thread that drains: the request that comes soon on the kept connection; false =
 * none.  FastCGI cannot announce that a connection will be closed.  When an idle one is
 * closed, nginx may have just sent a request: one that reads, which it sends again, since
 * no other goes over kept connections (nginx/purser.conf.in).  A connection that is closed
 * right after an answer is never kept by nginx.
 */
bool fcgi_accept_last(struct fcgi *fcgi) MUST_CHECK;

/* The i-th parameter of this name, from 0; NULL = there is none.  Valid until fcgi_answer(). */
const char *fcgi_param(struct fcgi *fcgi, const char *name, size_t i);

/* Bytes of the body; fewer than len only at its end, or when the peer stopped sending it. */
size_t fcgi_read(struct fcgi *fcgi, char *data, size_t len);

/*
 * Ends the request, the only way to end one: reads the rest of its body, so that
 * none of it can be taken for the next request (request smuggling), and sends the
 * answer.  A connection whose body has no end within FCGI_BODY_MAX bytes or the time
 * limit is closed after the answer.
 */
void fcgi_answer(struct fcgi *fcgi, const char *head, size_t head_len, const char *body,
    size_t body_len);

#endif
