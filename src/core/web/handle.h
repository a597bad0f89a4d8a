/* One request from its first byte to its last: what a listener's thread does in its loop. */
#ifndef PURSER_WEB_HANDLE_H
#define PURSER_WEB_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct conf;
struct db;
struct fcgi;
struct route;

struct handle {
	const struct route *const *tables; /* routes, NULL at the end */
	const struct conf *conf;
	struct db *db;
	const char *holder; /* of leases: "<instance>:<program>" */
	bool upstream;      /* it is the listener for routes that call upstream */
	/* requests of this listener, for the watchdog; lives as long as the process */
	_Atomic int64_t *answered;
};

/*
 * The longest time that the settings allow for a request of the listener: all its database calls
 * together, and its upstream calls.  Reading the request and sending the answer do not count:
 * nginx has the whole request and takes the whole answer.
 */
int64_t handle_longest_ms(const struct handle *handle);

/* Reads the accepted request, answers it, and leaves the arena to be reset by the caller. */
void handle_request(const struct handle *handle, struct fcgi *fcgi, struct arena *arena);

#endif
