/* Sends webhooks over libcurl. */
#include "core/upstream/sender.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/upstream/easy.h"
#include "core/upstream/target.h"

#define BUFFER_BYTES 2048L            /* of libcurl, for each request */
#define ANSWER_MAX_BYTES (64 * 1024)  /* a longer one is cut */
#define HEADERS_MAX_BYTES (16 * 1024) /* of one answer, all together */

struct transfer {
	struct sender *sender;
	struct transfer *next, **place; /* in the sender's list */
	CURL *easy;
	struct curl_slist *headers;
	void *context;
	const char *label;
	bool plain;   /* http without TLS */
	bool refused; /* an address was not allowed */
	bool cut;     /* the answer was long enough */
	size_t header_bytes, body_bytes, start_len;
	int64_t began_ms; /* monotonic */
	int64_t retry_after_s;
	char start[SENDER_START_BYTES + 1];
	char detail[CURL_ERROR_SIZE];
};

struct sender {
	CURLM *multi;
	bool sandbox;
	size_t count;
	struct transfer *transfers;
};

static pthread_key_t key;
static bool key_made;

static void set_request(struct transfer *transfer, const struct sender_call *call);
static void set_callbacks(struct transfer *transfer);
static void end(struct transfer *transfer);

static void
release(void *argument)
{
	struct sender *sender = argument;

	CHECK(sender->count == 0);
	curl_multi_cleanup(sender->multi);
	free(sender);
}

void
sender_init(void)
{
	CHECK(!key_made && pthread_key_create(&key, release) == 0);
	key_made = true;
}

struct sender *
sender_of_thread(bool sandbox, int64_t connections)
{
	struct sender *sender;

	CHECK(key_made);
	sender = pthread_getspecific(key);
	if (sender != NULL)
		return sender;
	sender = calloc(1, sizeof(*sender));
	CHECK(sender != NULL);
	sender->sandbox = sandbox;
	sender->multi = curl_multi_init();
	CHECK(sender->multi != NULL);
	CHECK(
	    curl_multi_setopt(sender->multi, CURLMOPT_MAXCONNECTS, (long)connections) == CURLM_OK);
	CHECK(pthread_setspecific(key, sender) == 0);
	return sender;
}

void
sender_cut(struct sender *sender, sender_ended *ended)
{
	static const struct sender_answer none = { .retry_after_s = -1,
		.start = "",
		.error = "stopped before an answer came" };

	while (sender->transfers != NULL) {
		ended(sender->transfers->context, &none);
		end(sender->transfers);
	}
}

size_t
sender_count(const struct sender *sender)
{
	return sender->count;
}

void
sender_add(struct sender *sender, const struct sender_call *call)
{
	struct transfer *transfer = calloc(1, sizeof(*transfer));

	CHECK(transfer != NULL);
	transfer->sender = sender;
	transfer->context = call->context;
	transfer->label = call->label;
	transfer->retry_after_s = -1;
	transfer->began_ms = clock_monotonic_ms();
	transfer->plain = strncasecmp(call->url, "http://", 7) == 0;
	transfer->easy = curl_easy_init();
	CHECK(transfer->easy != NULL);
	transfer->next = sender->transfers;
	transfer->place = &sender->transfers;
	if (transfer->next != NULL)
		transfer->next->place = &transfer->next;
	sender->transfers = transfer;
	sender->count++;
	set_request(transfer, call);
	set_callbacks(transfer);
	fault_point("before", call->label);
	CHECK(curl_multi_add_handle(sender->multi, transfer->easy) == CURLM_OK);
}

/* Takes the transfer out and frees it. */
static void
end(struct transfer *transfer)
{
	struct sender *sender = transfer->sender;

	CHECK(curl_multi_remove_handle(sender->multi, transfer->easy) == CURLM_OK);
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->headers);
	*transfer->place = transfer->next;
	if (transfer->next != NULL)
		transfer->next->place = transfer->place;
	sender->count--;
	free(transfer);
}

/* What stands in the log of attempts: others than printable characters become '?'. */
static void
make_printable(char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t bytes = text_utf8_sequence(text + i, len - i);

		if (bytes > 1) {
			i += bytes;
			continue;
		}
		if (bytes == 0 || (unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
		i++;
	}
}

static const char *
error_text(const struct transfer *transfer, CURLcode code)
{
	if (code == CURLE_OK || transfer->cut)
		return NULL;
	if (transfer->refused)
		return "the address is not a public one";
	if (transfer->header_bytes > HEADERS_MAX_BYTES)
		return "the answer's headers are too large";
	return transfer->detail[0] != '\0' ? transfer->detail : curl_easy_strerror(code);
}

/* Hands the answer of a finished transfer over. */
static void
finish(struct transfer *transfer, CURLcode code, sender_ended *ended)
{
	struct sender_answer answer = {
		.latency_ms = clock_monotonic_ms() - transfer->began_ms,
		.retry_after_s = transfer->retry_after_s,
		.start = transfer->start,
		.error = error_text(transfer, code),
	};
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	answer.status = (int)status;
	make_printable(transfer->start, transfer->start_len);
	make_printable(transfer->detail, strlen(transfer->detail));
	fault_point("after", transfer->label);
	ended(transfer->context, &answer);
	end(transfer);
}

void
sender_move(struct sender *sender, int64_t wait_ms, sender_ended *ended)
{
	const struct CURLMsg *message;
	int running, left;

	CHECK(curl_multi_perform(sender->multi, &running) == CURLM_OK);
	if ((size_t)running == sender->count) {
		CHECK(curl_multi_poll(sender->multi, NULL, 0, (int)wait_ms, NULL) == CURLM_OK);
		CHECK(curl_multi_perform(sender->multi, &running) == CURLM_OK);
	}
	while ((message = curl_multi_info_read(sender->multi, &left)) != NULL) {
		CURLcode code = message->data.result; /* removing the handle frees the message */
		struct transfer *transfer;

		CHECK(message->msg == CURLMSG_DONE);
		CHECK(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) ==
		    CURLE_OK);
		finish(transfer, code, ended);
	}
}

/* --- options ---------------------------------------------------------------- */

static void
set_request(struct transfer *transfer, const struct sender_call *call)
{
	CURL *easy = transfer->easy;

	easy_set_limits(easy, call->timeout_ms, call->timeout_ms);
	SET(easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
	transfer->headers = easy_set_target(easy, call->url, call->headers);
	SET(easy, CURLOPT_POST, 1L);
	SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
	SET(easy, CURLOPT_COPYPOSTFIELDS, call->body);
}

/* --- callbacks -------------------------------------------------------------- */

/* Opens the socket of a connection, when it may go to that address. */
static curl_socket_t
on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = context;

	if (purpose != CURLSOCKTYPE_IPCXN ||
	    !target_address_allowed(&address->addr, transfer->sender->sandbox, transfer->plain)) {
		transfer->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t
on_header(char *line, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t len = size * count, value_len = len;
	const char *value = line;

	transfer->header_bytes += len;
	if (transfer->header_bytes > HEADERS_MAX_BYTES)
		return 0;
	if (easy_header(&value, &value_len, "Retry-After"))
		transfer->retry_after_s = easy_retry_after(value, value_len);
	return len;
}

/* Keeps the first bytes; a short rest is read, so that the connection can be kept. */
static size_t
on_body(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t len = size * count;
	size_t kept = SENDER_START_BYTES - transfer->start_len;

	if (kept > len)
		kept = len;
	memcpy(transfer->start + transfer->start_len, data, kept);
	transfer->start_len += kept;
	transfer->body_bytes += len;
	transfer->cut = transfer->body_bytes > ANSWER_MAX_BYTES;
	return transfer->cut ? 0 : len;
}

static void
set_callbacks(struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	SET(easy, CURLOPT_PRIVATE, transfer);
	SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(easy, CURLOPT_OPENSOCKETDATA, transfer);
	SET(easy, CURLOPT_HEADERFUNCTION, on_header);
	SET(easy, CURLOPT_HEADERDATA, transfer);
	SET(easy, CURLOPT_WRITEFUNCTION, on_body);
	SET(easy, CURLOPT_WRITEDATA, transfer);
	SET(easy, CURLOPT_ERRORBUFFER, transfer->detail);
}
