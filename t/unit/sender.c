/*
 * Protects: the sender of webhooks judges the address of each connection, whatever the name is, and
 * connects to no address that is refused.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/upstream/http.h"
#include "core/upstream/sender.h"
#include "t/lib/tap.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static char error[256];
static int ends;

static void
ended(void *context, const struct sender_answer *answer)
{
	(void)context;
	snprintf(error, sizeof(error), "%s", answer->error == NULL ? "" : answer->error);
	ends++;
}

/* A listening socket of loopback, and its port. */
static int
listen_on(int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok(bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, 8) == 0 &&
		getsockname(fd, (struct sockaddr *)&address, &len) == 0,
	    "a socket listens");
	*port = ntohs(address.sin_port);
	return fd;
}

static bool
was_called(int fd, int wait_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, wait_ms) > 0;
}

static void
send_to(struct sender *sender, const char *url)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };
	const struct sender_call call = { .url = url,
		.headers = headers,
		.body = "{}",
		.body_len = 2,
		.timeout_ms = 5000,
		.label = "POST webhook" };

	ends = 0;
	error[0] = '\0';
	sender_add(sender, &call);
}

/* What resolvers make of these is loopback or another address of this machine. */
static const char *const forms[] = { "https://127.0.0.1:%d/", "https://127.1:%d/",
	"https://2130706433:%d/", "https://0x7f000001:%d/", "https://017700000001:%d/",
	"https://0:%d/", "https://localhost:%d/", "https://[::1]:%d/",
	"https://[::ffff:127.0.0.1]:%d/", "http://127.0.0.1:%d/" };

static void
test_refused(struct sender *sender, int fd, int port)
{
	char url[128];

	for (size_t i = 0; i < LENGTH(forms); i++) {
		int64_t give_up_ms = clock_monotonic_ms() + 20000;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(url, sizeof(url), forms[i], port);
#pragma GCC diagnostic pop
		send_to(sender, url);
		while (ends == 0 && clock_left_ms(give_up_ms) > 0)
			sender_move(sender, 50, ended);
		is_str(error, "the address is not a public one", "form %s is refused", forms[i]);
	}
	ok(!was_called(fd, 100), "nothing connected to an address that is refused");
	is_int((int64_t)sender_count(sender), 0, "nothing is under way");
}

int
main(void)
{
	struct sender *sender;
	int port, fd;

	http_init();
	sender_init();
	sender = sender_of_thread(false, 8);
	ok(sender_of_thread(false, 8) == sender, "a thread keeps its sender");
	fd = listen_on(&port);
	test_refused(sender, fd, port);
	send_to(sender, "https://127.0.0.1:1/");
	sender_cut(sender, ended);
	is_str(error, "stopped before an answer came", "what is cut has ended without an answer");
	close(fd);
	return done();
}
