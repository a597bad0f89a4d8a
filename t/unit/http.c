/* Protects: a call that may have reached the upstream is never reported as not sent. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/limits.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_server.h"

static struct arena arena;

static enum http_result
call(const char *method, const char *url, int64_t timeout_ms, bool send_once,
    struct http_answer *answer)
{
	static const char *const headers[] = { "X-Test: yes", NULL };
	bool post = strcmp(method, "POST") == 0;

	return http_perform(&arena,
	    &(struct http_call) {
		.method = method,
		.url = url,
		.label = "test",
		.headers = headers,
		.body = post ? "a=1" : NULL,
		.body_len = post ? 3 : 0,
		.timeout_ms = timeout_ms,
		.send_once = send_once,
	    },
	    answer);
}

static enum http_result
get(const struct scripted_server *server, int64_t timeout_ms, struct http_answer *answer)
{
	return call("GET", scripted_url(server), timeout_ms, false, answer);
}

/* --- what one answer becomes ----------------------------------------------- */

/* clang-format off */
static const struct answer_case {
	const char *name;
	struct scripted_step steps[2];
	int64_t timeout_ms;
	enum http_result result;
	int64_t longest_ms;
} answer_cases[] = {
	{ "an answer", { { ANSWER, 200, NULL, "hello", 0 } }, 5000, HTTP_ANSWERED, 5000 },
	{ "an answer that closes", { { ANSWER_CLOSE, 404, NULL, "no", 0 } }, 5000,
	    HTTP_ANSWERED, 5000 },
	{ "an answer without a body", { { ANSWER, 500, NULL, NULL, 0 } }, 5000,
	    HTTP_ANSWERED, 5000 },
	{ "closed without an answer", { { CUT, 0, NULL, NULL, 0 } }, 5000, HTTP_LOST, 4000 },
	{ "no answer in time", { { HANG, 0, NULL, NULL, 0 } }, 300, HTTP_LOST, 2500 },
	{ "a body cut short", { { TRUNCATE, 200, NULL, "{\"a\":1", 0 } }, 5000, HTTP_LOST,
	    4000 },
	{ "chunks cut short", { { CUT_CHUNKED, 200, NULL, "{\"a\":1}", 0 } }, 5000,
	    HTTP_LOST, 4000 },
	{ "a body that stops in the middle", { { STALL, 200, NULL, "half", 0 } }, 20000,
	    HTTP_LOST, 12000 },
	{ "the largest body", { { BIG, 200, NULL, NULL, LIMIT_UPSTREAM_BODY_BYTES } }, 5000,
	    HTTP_ANSWERED, 5000 },
	{ "a body one byte too large",
	    { { BIG, 200, NULL, NULL, LIMIT_UPSTREAM_BODY_BYTES + 1 } }, 5000, HTTP_LOST,
	    5000 },
	{ "10 MB", { { BIG, 200, NULL, NULL, 10 * 1024 * 1024 } }, 5000, HTTP_LOST, 5000 },
	{ "headers without end", { { BIG_HEADERS, 0, NULL, NULL, 0 } }, 5000, HTTP_LOST,
	    5000 },
};
/* clang-format on */

static void
test_answers(void)
{
	for (size_t i = 0; i < sizeof answer_cases / sizeof *answer_cases; i++) {
		const struct answer_case *c = &answer_cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		int64_t start_ms = clock_monotonic_ms();
		struct http_answer answer;
		enum http_result result = get(server, c->timeout_ms, &answer);

		is_int(result, c->result, "%s: result", c->name);
		ok(clock_monotonic_ms() - start_ms <= c->longest_ms, "%s: in time", c->name);
		is_int((int64_t)scripted_count(server), 1, "%s: sent once", c->name);
		is_int(answer.status, result == HTTP_ANSWERED ? c->steps[0].status : 0,
		    "%s: status", c->name);
		ok((answer.error == NULL) == (result == HTTP_ANSWERED),
		    "%s: a reason for each failure", c->name);
		ok(answer.body_len <= LIMIT_UPSTREAM_BODY_BYTES &&
			answer.body[answer.body_len] == '\0',
		    "%s: the body is bounded", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

/* --- headers --------------------------------------------------------------- */

static void
test_headers(void)
{
	static const struct scripted_step steps[] = {
		{ ANSWER, 302,
		    "Location: /elsewhere\r\nrequest-id:  req_1 \r\n"
		    "Stripe-Should-Retry: false\r\nRetry-After: 7\r\n",
		    "moved", 0 },
		{ ANSWER, 200,
		    "Retry-After: Fri, 20 Nov 2026 12:00:00 GMT\r\n"
		    "Request-Id: a\xff\r\n",
		    "{}", 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	const struct scripted_request *request;
	struct http_answer answer;

	is_int(get(server, 5000, &answer), HTTP_ANSWERED, "a redirection is an answer");
	is_int(answer.status, 302, "a redirection is not followed");
	is_str(answer.body, "moved", "an answer has its body");
	is_int((int64_t)answer.body_len, 5, "an answer has the length of its body");
	is_str(answer.request_id, "req_1", "Request-Id, trimmed, in any case");
	is_str(answer.should_retry, "false", "an answer has its Stripe-Should-Retry");
	is_int(answer.retry_after_s, 7, "an answer has its Retry-After");

	is_int(get(server, 5000, &answer), HTTP_ANSWERED,
	    "a second call on the connection is answered");
	ok(answer.request_id == NULL, "a header that is not ASCII is left out");
	ok(answer.should_retry == NULL, "headers of the first answer are gone");
	is_int(answer.retry_after_s, -1, "Retry-After as a date is none");

	request = scripted_at(server, 0);
	is_str(request->line, "GET / HTTP/1.1", "a GET has its request line");
	is_str(scripted_header(request, "X-Test"), "yes", "our header is sent");
	is_str(scripted_header(request, "User-Agent"), "Purser", "we say who we are");
	is_int(scripted_at(server, 1)->connection, request->connection, "the connection is kept");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_large_post(void)
{
	static const struct scripted_step steps[] = {
		{ ANSWER, 200, NULL, "{}", 0 },
		{ ANSWER, 200, NULL, "{}", 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	size_t len = 2 * 1024 * 1024; /* from 1 MB on libcurl would ask with Expect */
	char *body = arena_alloc(&arena, len + 1);
	struct http_answer answer;
	struct http_call post = {
		.method = "POST",
		.url = scripted_url(server),
		.label = "test",
		.body = body,
		.body_len = len,
		.timeout_ms = 5000,
	};

	memset(body, 'x', len);
	body[len] = '\0';
	is_int(http_perform(&arena, &post, &answer), HTTP_ANSWERED,
	    "a POST with a large body is answered");
	is_str(scripted_at(server, 0)->body, body, "a large body arrives whole");
	ok(scripted_header(scripted_at(server, 0), "Expect") == NULL,
	    "a large body is sent without Expect");
	post.body = NULL;
	post.body_len = 0;
	is_int(http_perform(&arena, &post, &answer), HTTP_ANSWERED,
	    "a POST without body is answered");
	is_str(scripted_header(scripted_at(server, 1), "Content-Length"), "0",
	    "a POST without body has Content-Length 0");
	scripted_stop(server);
	arena_reset(&arena);
}

/* --- nothing sent ---------------------------------------------------------- */

/* A port of this machine without a listener. */
static int
bound_port(int *fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(*fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    getsockname(*fd, (struct sockaddr *)&address, &len) != 0)
		abort();
	return ntohs(address.sin_port);
}

/* Listens, but its queue of unaccepted connections is full: connecting waits. */
static void
fill_backlog(int fd, int port, int *fillers, size_t count)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)port);
	if (listen(fd, 0) != 0)
		abort();
	for (size_t i = 0; i < count; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
	}
}

static void
test_not_sent(void)
{
	static const struct scripted_step steps[] = { { ANSWER, 200, NULL, "{}", 0 }, { 0 } };
	struct scripted_server *server = scripted_start(steps);
	struct http_answer answer;
	int fd, port = bound_port(&fd), fillers[4];
	char *url = arena_printf(&arena, "http://127.0.0.1:%d/", port);
	int64_t start_ms;

	is_int(call("POST", url, 5000, false, &answer), HTTP_NOT_SENT,
	    "a refused connection: not sent");
	ok(answer.error != NULL && answer.error[0] != '\0', "a refused connection has a reason: %s",
	    answer.error);
	is_int(call("GET", "ftp://127.0.0.1/", 5000, false, &answer), HTTP_NOT_SENT,
	    "an ftp URL: not sent");
	is_int(call("GET", "file:///etc/passwd", 5000, false, &answer), HTTP_NOT_SENT,
	    "a file URL: not sent");
	is_int(call("GET", "http://[", 5000, false, &answer), HTTP_NOT_SENT,
	    "a URL without address: not sent");
	is_int(call("POST", scripted_url(server), 0, false, &answer), HTTP_NOT_SENT,
	    "no time left");
	is_int((int64_t)scripted_count(server), 0, "no time left: nothing was sent");
	is_int(call("POST", arena_printf(&arena, "https%s", scripted_url(server) + 4), 5000, false,
		   &answer),
	    HTTP_NOT_SENT, "TLS with a server that has no TLS");
	is_int((int64_t)scripted_count(server), 0, "TLS: nothing was sent");
	scripted_stop(server);

	fill_backlog(fd, port, fillers, 4);
	start_ms = clock_monotonic_ms();
	is_int(call("POST", url, 300, false, &answer), HTTP_NOT_SENT, "connecting hangs");
	ok(clock_monotonic_ms() - start_ms < 2500, "connecting hangs: in time");
	for (size_t i = 0; i < 4; i++)
		close(fillers[i]);
	close(fd);
	arena_reset(&arena);
}

/* --- kept connections ------------------------------------------------------ */

static void
test_kept_connection_cut(void)
{
	static const struct scripted_step steps[] = {
		{ ANSWER, 200, NULL, "1", 0 },
		{ CUT, 0, NULL, NULL, 0 },
		{ ANSWER, 200, NULL, "2", 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	const char *url = scripted_url(server);
	struct http_answer answer;

	is_int(call("POST", url, 5000, false, &answer), HTTP_ANSWERED,
	    "a kept connection: the first call is answered");
	is_int(call("POST", url, 5000, false, &answer), HTTP_ANSWERED,
	    "a kept connection that is cut: the call is sent again");
	is_int((int64_t)scripted_count(server), 3,
	    "a kept connection that is cut: three requests arrive");
	scripted_stop(server);

	server = scripted_start(steps);
	url = scripted_url(server);
	is_int(call("POST", url, 5000, true, &answer), HTTP_ANSWERED, "once: first");
	is_int(call("POST", url, 5000, true, &answer), HTTP_LOST, "once: cut is lost");
	is_int((int64_t)scripted_count(server), 2, "once: not sent again");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_cut_then_refused(void)
{
	static const struct scripted_step steps[] = {
		{ ANSWER, 200, NULL, "1", 0 },
		{ CUT_AND_LEAVE, 0, NULL, NULL, 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	const char *url = scripted_url(server);
	struct http_answer answer;

	is_int(call("POST", url, 5000, false, &answer), HTTP_ANSWERED,
	    "a kept connection before its end: the first call is answered");
	is_int(call("POST", url, 5000, false, &answer), HTTP_LOST,
	    "a call that is cut, then refused, may have arrived");
	is_int((int64_t)scripted_count(server), 2, "a call that is cut, then refused, did arrive");
	scripted_stop(server);
	arena_reset(&arena);
}

static void *
call_in_thread(void *server)
{
	struct arena own;
	struct http_answer answer;

	arena_init(&own);
	http_perform(&own,
	    &(struct http_call) {
		.method = "GET",
		.url = scripted_url(server),
		.label = "test",
		.timeout_ms = 5000,
	    },
	    &answer);
	arena_release(&own);
	return NULL;
}

static void
test_thread_end(void)
{
	static const struct scripted_step steps[] = { { ANSWER, 200, NULL, "1", 0 }, { 0 } };
	struct scripted_server *server = scripted_start(steps);
	pthread_t thread;

	pthread_create(&thread, NULL, call_in_thread, server);
	pthread_join(thread, NULL);
	is_int((int64_t)scripted_count(server), 1, "a thread of its own calls");
	for (int i = 0; i < 100 && scripted_closed(server) == 0; i++)
		clock_sleep_ms(20);
	is_int(scripted_closed(server), 1, "the connection of a thread is closed with the thread");
	scripted_stop(server);
}

int
main(void)
{
	/* a proxy that cannot be reached: it must not be used */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	arena_init(&arena);
	http_init();
	test_answers();
	test_headers();
	test_large_post();
	test_not_sent();
	test_kept_connection_cut();
	test_cut_then_refused();
	test_thread_end();
	arena_release(&arena);
	return done();
}
