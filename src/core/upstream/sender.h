/*
 * Sends webhooks: many requests at a time to addresses that clients gave, over libcurl's multi
 * interface.  Requests are added while others run.  Connections are kept for each host.
 *
 * No target is trusted: a connection goes to an allowed address only (target.h), whatever the name
 * resolves to at that moment; certificates are verified; redirects are not followed; of an answer
 * the first bytes are kept, and one that goes on is cut.
 *
 * A sender belongs to one thread, which keeps it, and its connections, until it ends.
 */
#ifndef PURSER_UPSTREAM_SENDER_H
#define PURSER_UPSTREAM_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sender;

#define SENDER_START_BYTES 1024

/* A POST; everything is copied. */
struct sender_call {
	const char *url;
	const char *const *headers; /* "Name: value", NULL at the end */
	const char *body;
	size_t body_len;
	int64_t timeout_ms; /* of all, look-up of the name included */
	const char *label;  /* fault point */
	void *context;      /* for the caller */
};

struct sender_answer {
	int status; /* 0 = no answer came */
	int64_t latency_ms;
	int64_t retry_after_s; /* header Retry-After in seconds; -1 = none */
	const char *start;     /* first bytes of the body, printable UTF-8 */
	const char *error;     /* why there is no whole answer; NULL = there is one */
};

/* Called for each request that ended; the answer lives until it returns. */
typedef void sender_ended(void *context, const struct sender_answer *answer);

/* Once per process before any thread. */
void sender_init(void);

/* The sender of this thread.  connections: kept at most when they are idle. */
struct sender *sender_of_thread(bool sandbox, int64_t connections);

/* Cuts what is under way, which then has ended without an answer. */
void sender_cut(struct sender *sender, sender_ended *ended);

void sender_add(struct sender *sender, const struct sender_call *call);

/* Requests under way. */
size_t sender_count(const struct sender *sender);

/* Waits up to wait_ms for something to happen, and moves every request on. */
void sender_move(struct sender *sender, int64_t wait_ms, sender_ended *ended);

#endif
