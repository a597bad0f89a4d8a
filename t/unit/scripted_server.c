#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/bug.h"
#include "core/base/clock.h"
#include "t/unit/scripted_server.h"

#define CONNECTIONS_MAX 64
#define REQUESTS_MAX 128
#define REQUEST_BYTES (4 * 1024 * 1024)

struct scripted_server {
	const struct scripted_step *steps;
	size_t next; /* step */
	pthread_t thread;
	pthread_mutex_t lock; /* of the two counts and the requests */
	size_t count;
	int closed;
	struct scripted_request requests[REQUESTS_MAX];
	int connections;
	struct pollfd fds[2 + CONNECTIONS_MAX]; /* stop, listening, connections */
	int number[2 + CONNECTIONS_MAX];
	int stop[2];
	char url[64];
	char bytes[REQUEST_BYTES]; /* the request that is being read */
};

static void *serve(void *context);

struct scripted_server *
scripted_start(const struct scripted_step *steps)
{
	struct scripted_server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(server != NULL && listener >= 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
	CHECK(listen(listener, CONNECTIONS_MAX) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
	CHECK(pipe(server->stop) == 0);
	snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d", ntohs(address.sin_port));
	server->steps = steps;
	for (size_t i = 0; i < 2 + CONNECTIONS_MAX; i++)
		server->fds[i] = (struct pollfd) { .fd = -1, .events = POLLIN };
	server->fds[0].fd = server->stop[0];
	server->fds[1].fd = listener;
	pthread_mutex_init(&server->lock, NULL);
	CHECK(pthread_create(&server->thread, NULL, serve, server) == 0);
	return server;
}

const char *
scripted_url(const struct scripted_server *server)
{
	return server->url;
}

size_t
scripted_count(struct scripted_server *server)
{
	size_t count;

	pthread_mutex_lock(&server->lock);
	count = server->count;
	pthread_mutex_unlock(&server->lock);
	return count;
}

int
scripted_closed(struct scripted_server *server)
{
	int closed;

	pthread_mutex_lock(&server->lock);
	closed = server->closed;
	pthread_mutex_unlock(&server->lock);
	return closed;
}

const struct scripted_request *
scripted_at(struct scripted_server *server, size_t i)
{
	CHECK(i < scripted_count(server));
	return &server->requests[i];
}

const char *
scripted_header(const struct scripted_request *request, const char *name)
{
	static char value[1024];
	size_t len = strlen(name);

	for (const char *line = request->headers; *line != '\0';) {
		size_t line_len = strcspn(line, "\r");

		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			snprintf(value, sizeof(value), "%.*s", (int)(line_len - len - 2),
			    line + len + 2);
			return value;
		}
		line += line_len + 2;
	}
	return NULL;
}

void
scripted_stop(struct scripted_server *server)
{
	CHECK(write(server->stop[1], "", 1) == 1);
	pthread_join(server->thread, NULL);
	for (size_t i = 0; i < 2 + CONNECTIONS_MAX; i++) {
		if (server->fds[i].fd >= 0)
			close(server->fds[i].fd);
	}
	close(server->stop[1]);
	for (size_t i = 0; i < server->count; i++) {
		free(server->requests[i].line);
		free(server->requests[i].headers);
		free(server->requests[i].body);
	}
	free(server);
}

/* --- reading --------------------------------------------------------------- */

static void
record(struct scripted_server *server, int connection, const char *head, const char *body)
{
	struct scripted_request *request;
	const char *end = strstr(head, "\r\n");

	pthread_mutex_lock(&server->lock);
	CHECK(server->count < REQUESTS_MAX);
	request = &server->requests[server->count++];
	*request = (struct scripted_request) {
		.connection = connection,
		.at_ms = clock_monotonic_ms(),
		.line = strndup(head, (size_t)(end - head)),
		.headers = strndup(end + 2, (size_t)(body - 2 - (end + 2))),
		.body = strdup(body),
	};
	pthread_mutex_unlock(&server->lock);
}

/* The length of the body that the head announces. */
static size_t
announced(const char *head)
{
	const char *line = strcasestr(head, "\r\nContent-Length:");

	return line == NULL ? 0 : strtoul(line + 17, NULL, 10);
}

/* One whole request; false = the client is gone or speaks TLS. */
static bool
read_request(struct scripted_server *server, int fd, int connection)
{
	char *bytes = server->bytes;
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, bytes + len, REQUEST_BYTES - 1 - len);
		char *body;

		if (n <= 0 || bytes[0] == 0x16)
			return false;
		len += (size_t)n;
		bytes[len] = '\0';
		body = strstr(bytes, "\r\n\r\n");
		if (body != NULL && strlen(body + 4) >= announced(bytes)) {
			record(server, connection, bytes, body + 4);
			return true;
		}
	}
}

/* --- answering ------------------------------------------------------------- */

static void
send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

static void
send_head(int fd, const struct scripted_step *step, const char *length)
{
	char head[4096];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %d Scripted\r\n%s%s\r\n\r\n", step->status,
	    step->headers != NULL ? step->headers : "", length);

	send_all(fd, head, (size_t)n);
}

static void
send_answer(int fd, const struct scripted_step *step, size_t more)
{
	const char *body = step->body != NULL ? step->body : "";
	char length[64];

	snprintf(length, sizeof(length), "Content-Length: %zu", strlen(body) + more);
	send_head(fd, step, length);
	send_all(fd, body, strlen(body));
}

static void
send_big(int fd, const struct scripted_step *step)
{
	char length[64], spaces[4096];

	memset(spaces, ' ', sizeof(spaces));
	snprintf(length, sizeof(length), "Content-Length: %zu", step->bytes);
	send_head(fd, step, length);
	for (size_t left = step->bytes; left > 0;) {
		size_t n = left < sizeof(spaces) ? left : sizeof(spaces);

		send_all(fd, spaces, n);
		left -= n;
	}
}

static void
send_chunk(int fd, const struct scripted_step *step)
{
	char chunk[4096];

	send_head(fd, step, "Transfer-Encoding: chunked");
	snprintf(chunk, sizeof(chunk), "%zx\r\n%s\r\n", strlen(step->body), step->body);
	send_all(fd, chunk, strlen(chunk));
}

static void
send_headers(int fd)
{
	static const char line[] = "X-Filler: 0123456789012345678901234567890123456789\r\n";

	send_all(fd, "HTTP/1.1 200 OK\r\n", 17);
	for (int i = 0; i < 4000; i++)
		send_all(fd, line, sizeof(line) - 1);
}

enum after { KEEP, CLOSE, HOLD };

static enum after
play(struct scripted_server *server, int fd)
{
	const struct scripted_step *step = &server->steps[server->next];

	if (step->status == 0 && step->action == ANSWER)
		return CLOSE; /* the script is over */
	server->next++;
	switch (step->action) {
	case ANSWER:
		send_answer(fd, step, 0);
		return KEEP;
	case ANSWER_CLOSE:
		send_answer(fd, step, 0);
		return CLOSE;
	case CUT_AND_LEAVE:
		close(server->fds[1].fd);
		server->fds[1].fd = -1;
		return CLOSE;
	case CUT:
		return CLOSE;
	case HANG:
		return HOLD;
	case TRUNCATE:
		send_answer(fd, step, 1);
		return CLOSE;
	case STALL:
		send_answer(fd, step, 1);
		return HOLD;
	case CUT_CHUNKED:
		send_chunk(fd, step);
		return CLOSE;
	case BIG:
		send_big(fd, step);
		return KEEP;
	case BIG_HEADERS:
		send_headers(fd);
		return CLOSE;
	}
	BUG("no such action: %d", (int)step->action);
}

/* --- loop ------------------------------------------------------------------ */

static void
take_connection(struct scripted_server *server)
{
	int fd = accept4(server->fds[1].fd, NULL, NULL, SOCK_CLOEXEC), yes = 1;

	CHECK(fd >= 0);
	CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)) == 0);
	for (size_t i = 2; i < 2 + CONNECTIONS_MAX; i++) {
		if (server->fds[i].fd < 0) {
			server->fds[i].fd = fd;
			server->fds[i].events = POLLIN;
			server->number[i] = ++server->connections;
			return;
		}
	}
	BUG("too many connections");
}

static void
drop_connection(struct scripted_server *server, size_t i)
{
	close(server->fds[i].fd);
	server->fds[i].fd = -1;
}

static void
serve_connection(struct scripted_server *server, size_t i)
{
	if (!read_request(server, server->fds[i].fd, server->number[i])) {
		pthread_mutex_lock(&server->lock);
		server->closed++;
		pthread_mutex_unlock(&server->lock);
		drop_connection(server, i);
		return;
	}
	switch (play(server, server->fds[i].fd)) {
	case KEEP:
		return;
	case CLOSE:
		drop_connection(server, i);
		return;
	case HOLD:
		server->fds[i].events = 0; /* no more is read from it */
		return;
	}
}

static void *
serve(void *context)
{
	struct scripted_server *server = context;

	for (;;) {
		CHECK(poll(server->fds, 2 + CONNECTIONS_MAX, -1) >= 0);
		if (server->fds[0].revents != 0)
			return NULL;
		for (size_t i = 2; i < 2 + CONNECTIONS_MAX; i++) {
			if (server->fds[i].fd >= 0 && server->fds[i].revents != 0)
				serve_connection(server, i);
		}
		if (server->fds[1].fd >= 0 && server->fds[1].revents != 0)
			take_connection(server);
	}
}
