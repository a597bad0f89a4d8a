/*
 * A tiny HTTP/1.1 server in a thread of the test, which answers by a script:
 * one step for each request in the order of arrival, whatever the connection.
 * After the last step it closes without an answer.
 */
#ifndef PURSER_T_SCRIPTED_SERVER_H
#define PURSER_T_SCRIPTED_SERVER_H

#include <stddef.h>
#include <stdint.h>

enum scripted_action {
	ANSWER, /* and keep the connection */
	ANSWER_CLOSE,
	CUT,           /* close without a byte */
	CUT_AND_LEAVE, /* the same, and stop listening */
	HANG,          /* never answer */
	TRUNCATE,      /* announce one byte more than there is, then close */
	STALL,         /* announce one byte more than there is, then wait */
	CUT_CHUNKED,   /* one chunk without the last one, then close */
	BIG,           /* a body of `bytes` spaces */
	BIG_HEADERS,   /* headers without end */
};

struct scripted_step {
	enum scripted_action action;
	int status;
	const char *headers; /* "Name: value\r\n"..., NULL = none */
	const char *body;    /* NULL = none */
	size_t bytes;
};

struct scripted_request {
	int connection; /* counted from 1 */
	int64_t at_ms;  /* monotonic */
	char *line;     /* "GET /v1/events HTTP/1.1" */
	char *headers;  /* each line with its end */
	char *body;
};

struct scripted_server;

/* The steps end with one whose status and action are 0; they must outlive the server. */
struct scripted_server *scripted_start(const struct scripted_step *steps);
const char *scripted_url(const struct scripted_server *server); /* "http://127.0.0.1:PORT" */
size_t scripted_count(struct scripted_server *server);

/* The i-th request; lives until scripted_stop(). */
const struct scripted_request *scripted_at(struct scripted_server *server, size_t i);

/* Value of a header of a request, valid until the next call; NULL = absent. */
const char *scripted_header(const struct scripted_request *request, const char *name);

/* How many connections the client has closed so far. */
int scripted_closed(struct scripted_server *server);

void scripted_stop(struct scripted_server *server);

#endif
