/*
 * FastCGI: the only user of libfcgi.  One struct fcgi per thread; nginx keeps
 * connections, and libfcgi parks the thread on the one it serves.
 */
#ifndef PURSER_WEB_FCGI_H
#define PURSER_WEB_FCGI_H

#include <stdbool.h>
#include <stddef.h>

struct fcgi;

/* Once per process, before any thread and before our own signal handlers. */
void fcgi_init(void);

/* Opens a unix socket (mode 0660); -1 and errno when it cannot. */
int fcgi_listen(const char *path, int backlog);

struct fcgi *fcgi_new(int listen_fd);
void fcgi_free(struct fcgi *fcgi);

/* Waits for a request; false when it was interrupted by a signal or the peer went away: look whether to stop, call again. */
bool fcgi_accept(struct fcgi *fcgi);

/* NULL = not given.  Valid until fcgi_finish(). */
const char *fcgi_param(struct fcgi *fcgi, const char *name);

/* Bytes read, less than len only at the end of the body. */
size_t fcgi_read(struct fcgi *fcgi, char *data, size_t len);

void fcgi_write(struct fcgi *fcgi, const char *data, size_t len);
void fcgi_finish(struct fcgi *fcgi);

#endif
