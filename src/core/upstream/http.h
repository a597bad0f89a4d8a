/*
 * HTTP client for calls upstream, one or many at once: the only user of libcurl.
 * Each call has limits of time and size.  A thread's handles keep its connections.
 * Redirects are not followed; proxies from the environment are not used; only
 * http and https.
 */
#ifndef PURSER_UPSTREAM_HTTP_H
#define PURSER_UPSTREAM_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;

enum http_result {
	HTTP_ANSWERED, /* a complete answer arrived: status, body */
	HTTP_NOT_SENT, /* refused, unresolvable, TLS failed: the upstream did nothing */
	HTTP_LOST,     /* sent at least in part, no complete answer: the outcome is unknown */
};

/* Reads a body as it arrives, so that not all of it is kept. */
struct http_filter {
	void (*begin)(void *context); /* before the first byte, at each attempt */
	/* adds to `kept` what becomes the answer's body; false = the answer is too large */
	bool (*add)(void *context, const char *data, size_t len, struct buf *kept);
	void *context;
};

struct http_call {
	const char *method;
	const char *url;
	const char *label;          /* fault point and log, e.g. "POST /v1/payment_intents" */
	const char *const *headers; /* "Name: value", NULL at the end */
	const char *body;           /* NULL = none */
	size_t body_len;
	/* bytes of the body, beyond them HTTP_LOST; 0 = LIMIT_UPSTREAM_BODY_BYTES */
	size_t answer_max;
	const struct http_filter *filter; /* NULL = the whole body is kept */
	/* total of this request, connecting included; 0 = HTTP_NOT_SENT */
	int64_t timeout_ms;
	/*
	 * For an upstream without idempotency: uses a new connection, because libcurl
	 * itself repeats a request when a kept one closes without an answer.
	 */
	bool send_once;
	/*
	 * Monotonic time after which nothing is sent, looked at when the connection stands: of a
	 * thread that was frozen meanwhile, another one may have taken over.  0 = none.
	 */
	int64_t send_by_ms;
};

struct http_answer {
	int status;
	const char *body; /* NUL-terminated, at most answer_max */
	size_t body_len;
	const char *request_id;   /* header Request-Id or NULL */
	const char *should_retry; /* header Stripe-Should-Retry or NULL */
	int64_t retry_after_s;    /* header Retry-After in seconds; -1 = none */
	bool too_large;           /* HTTP_LOST because of answer_max or the filter */
	/* Header Date as Unix time, 0 = none, and when it came: wall clock and monotonic. */
	int64_t date_s;
	int64_t date_came_ms;
	int64_t date_came_monotonic_ms;
	/* for the log: the error as static or arena text; NULL = none */
	const char *error;
};

/* "Authorization: Bearer <token>", which is never logged; NULL for no token. */
char *http_bearer(struct arena *arena, const char *token);

/* Once per process before any thread.  The process must ignore SIGPIPE. */
void http_init(void);

/* answer and what it points to live in the arena. */
enum http_result http_perform(struct arena *arena, const struct http_call *call,
    struct http_answer *answer);

/*
 * All calls at the same time, each over its own connection, with its own limits and
 * the same classification; returns when the last one has ended.  The outcome of
 * calls[i] is in results[i] and answers[i].
 */
void http_perform_many(struct arena *arena, const struct http_call *calls, size_t count,
    struct http_answer *answers, enum http_result *results);

#endif
