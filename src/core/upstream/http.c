/*
 * HTTP client over libcurl.  libcurl's error code cannot separate HTTP_NOT_SENT
 * from HTTP_LOST: it may be the same for both (a timeout; a refused second
 * connection after the first was cut).  So on_request() records whether libcurl
 * came to the point of sending: it is called after connect and TLS handshake.
 */
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/fault.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/upstream/easy.h"
#include "core/upstream/http.h"

#define STALL_MS 3000             /* maximum pause in an answer that has begun */
#define HEADERS_BYTES (64 * 1024) /* of one answer, all together */
#define DATE_BYTES 64             /* of a header's value */
#define POLL_MS 1000
#define MANY_KEPT 8L /* idle connections kept after http_perform_many() */

struct transfer {
	struct arena *arena;
	const struct http_call *call;
	struct http_answer *answer;
	struct curl_slist *headers; /* lives as long as the transfer */
	struct buf body;
	size_t body_bytes; /* that arrived */
	bool body_refused;
	size_t header_bytes;
	int64_t last_byte_ms; /* monotonic; 0 = no byte of the answer yet */
	bool sent;            /* some of the request may have left */
	bool stalled;
	bool late; /* not sent: send_by_ms is over */
	char detail[CURL_ERROR_SIZE];
};

static pthread_key_t handle_key, many_key;
static bool keys_made;

static void release_handle(void *easy);
static void release_many(void *multi);
static CURL *thread_handle(void);
static CURLM *thread_many(void);
static bool begin(CURL *easy, struct transfer *transfer);
static enum http_result finish(CURL *easy, CURLcode code, struct transfer *transfer);
static void run_many(CURLM *multi, enum http_result *results, struct transfer *transfers);
static void set_limits(CURL *easy, const struct http_call *call);
static struct curl_slist *set_request(CURL *easy, const struct http_call *call);
static void set_callbacks(CURL *easy, struct transfer *transfer);
static const char *failure_text(const struct transfer *transfer, CURLcode code);

char *
http_bearer(struct arena *arena, const char *token)
{
	if (token == NULL)
		return NULL;
	/* a line break would begin another header */
	CHECK(text_visible_ascii(token, LIMIT_TOKEN_BYTES));
	return arena_printf(arena, "Authorization: Bearer %s", token);
}

void
http_init(void)
{
	CHECK(!keys_made);
	CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	CHECK(pthread_key_create(&handle_key, release_handle) == 0);
	CHECK(pthread_key_create(&many_key, release_many) == 0);
	keys_made = true;
}

enum http_result
http_perform(struct arena *arena, const struct http_call *call, struct http_answer *answer)
{
	CURL *easy = thread_handle();
	struct transfer transfer = { .arena = arena, .call = call, .answer = answer };
	enum http_result result;

	if (!begin(easy, &transfer))
		return HTTP_NOT_SENT;
	result = finish(easy, curl_easy_perform(easy), &transfer);
	curl_easy_reset(easy); /* keeps the connections, drops our pointers */
	return result;
}

void
http_perform_many(struct arena *arena, const struct http_call *calls, size_t count,
    struct http_answer *answers, enum http_result *results)
{
	struct transfer *transfers = arena_zalloc(arena, count * sizeof(*transfers));
	CURLM *multi = thread_many();

	for (size_t i = 0; i < count; i++) {
		CURL *easy = curl_easy_init();

		CHECK(easy != NULL);
		transfers[i] =
		    (struct transfer) { .arena = arena, .call = &calls[i], .answer = &answers[i] };
		results[i] = HTTP_NOT_SENT;
		if (begin(easy, &transfers[i])) {
			SET(easy, CURLOPT_PRIVATE, &transfers[i]);
			CHECK(curl_multi_add_handle(multi, easy) == CURLM_OK);
		} else {
			curl_easy_cleanup(easy);
		}
	}
	run_many(multi, results, transfers);
}

static size_t
body_max(const struct http_call *call)
{
	return call->answer_max != 0 ? call->answer_max : LIMIT_UPSTREAM_BODY_BYTES;
}

/* False = there is no time left for the request. */
static bool
begin(CURL *easy, struct transfer *transfer)
{
	const struct http_call *call = transfer->call;

	*transfer->answer = (struct http_answer) { .body = "", .retry_after_s = -1 };
	if (call->timeout_ms <= 0) {
		transfer->answer->error = "no time left";
		return false;
	}
	buf_init(&transfer->body, transfer->arena, body_max(call));
	if (call->filter != NULL)
		call->filter->begin(call->filter->context);
	set_limits(easy, call);
	transfer->headers = set_request(easy, call);
	set_callbacks(easy, transfer);
	fault_point("before", call->label);
	return true;
}

/* Classifies a finished transfer. */
static enum http_result
finish(CURL *easy, CURLcode code, struct transfer *transfer)
{
	struct http_answer *answer = transfer->answer;
	long status = 0;

	fault_point("after", transfer->call->label);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(transfer->headers);
	if (code != CURLE_OK) {
		answer->too_large = transfer->body_refused;
		answer->error = failure_text(transfer, code);
		return transfer->sent ? HTTP_LOST : HTTP_NOT_SENT;
	}
	answer->status = (int)status;
	answer->body = transfer->body.data;
	answer->body_len = transfer->body.len;
	return HTTP_ANSWERED;
}

/* Collects the results of the transfers that have ended. */
static void
collect(CURLM *multi, enum http_result *results, struct transfer *transfers)
{
	const struct CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result; /* removing the handle frees the message */
		struct transfer *transfer;

		CHECK(message->msg == CURLMSG_DONE);
		CHECK(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer) == CURLE_OK);
		CHECK(curl_multi_remove_handle(multi, easy) == CURLM_OK);
		results[transfer - transfers] = finish(easy, code, transfer);
		curl_easy_cleanup(easy);
	}
}

/* Every transfer has a timeout, so this ends. */
static void
run_many(CURLM *multi, enum http_result *results, struct transfer *transfers)
{
	int running;

	for (;;) {
		CHECK(curl_multi_perform(multi, &running) == CURLM_OK);
		collect(multi, results, transfers);
		if (running == 0)
			return;
		CHECK(curl_multi_poll(multi, NULL, 0, POLL_MS, NULL) == CURLM_OK);
	}
}

/* --- the handles of a thread ---------------------------------------------- */

static void
release_handle(void *easy)
{
	curl_easy_cleanup(easy);
}

static CURL *
thread_handle(void)
{
	CURL *easy;

	CHECK(keys_made);
	easy = pthread_getspecific(handle_key);
	if (easy == NULL) {
		easy = curl_easy_init();
		CHECK(easy != NULL);
		CHECK(pthread_setspecific(handle_key, easy) == 0);
	}
	return easy;
}

static void
release_many(void *multi)
{
	curl_multi_cleanup(multi);
}

static CURLM *
thread_many(void)
{
	CURLM *multi;

	CHECK(keys_made);
	multi = pthread_getspecific(many_key);
	if (multi == NULL) {
		multi = curl_multi_init();
		CHECK(multi != NULL);
		CHECK(curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, MANY_KEPT) == CURLM_OK);
		CHECK(pthread_setspecific(many_key, multi) == 0);
	}
	return multi;
}

/* --- options -------------------------------------------------------------- */

static void
set_limits(CURL *easy, const struct http_call *call)
{
	easy_set_limits(easy, LIMIT_CONNECT_MS, call->timeout_ms);
	SET(easy, CURLOPT_FRESH_CONNECT, call->send_once ? 1L : 0L);
}

static struct curl_slist *
set_request(CURL *easy, const struct http_call *call)
{
	struct curl_slist *list = easy_set_target(easy, call->url, call->headers);

	if (strcmp(call->method, "POST") == 0) {
		SET(easy, CURLOPT_POST, 1L);
		SET(easy, CURLOPT_POSTFIELDS, call->body != NULL ? call->body : "");
		SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
	} else {
		CHECK(strcmp(call->method, "GET") == 0 && call->body == NULL);
		SET(easy, CURLOPT_HTTPGET, 1L);
	}
	return list;
}

/* --- callbacks ------------------------------------------------------------ */

static int
on_request(void *context, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct transfer *transfer = context;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	transfer->late =
	    transfer->call->send_by_ms != 0 && clock_left_ms(transfer->call->send_by_ms) == 0;
	if (transfer->late)
		return CURL_PREREQFUNC_ABORT;
	transfer->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* The value of "Name: value\r\n" if it has that name and is one word, else NULL. */
static const char *
header_value(struct arena *arena, const char *line, size_t len, const char *name)
{
	const char *value;

	if (!easy_header(&line, &len, name) || len > LIMIT_UPSTREAM_HEADER_BYTES)
		return NULL;
	value = arena_strndup(arena, line, len);
	return text_visible_ascii(value, LIMIT_UPSTREAM_HEADER_BYTES) ? value : NULL;
}

/* Header Date, and when it came. */
static void
read_date(struct http_answer *answer, const char *line, size_t len)
{
	static const char name[] = "Date:";
	char value[DATE_BYTES];
	time_t date;

	if (len < sizeof(name) || len - sizeof(name) >= sizeof(value) ||
	    strncasecmp(line, name, sizeof(name) - 1) != 0)
		return;
	len -= sizeof(name) - 1;
	memcpy(value, line + sizeof(name) - 1, len);
	value[len] = '\0';
	date = curl_getdate(value, NULL);
	if (date <= 0)
		return;
	answer->date_s = date;
	answer->date_came_ms = clock_unix_ms();
	answer->date_came_monotonic_ms = clock_monotonic_ms();
}

/* Retry-After is read in seconds; a date is ignored. */
static void
read_header(struct transfer *transfer, const char *line, size_t len)
{
	struct http_answer *answer = transfer->answer;
	const char *value;

	read_date(answer, line, len);
	if ((value = header_value(transfer->arena, line, len, "Request-Id")) != NULL)
		answer->request_id = value;
	value = header_value(transfer->arena, line, len, "Stripe-Should-Retry");
	if (value != NULL)
		answer->should_retry = value;
	if (easy_header(&line, &len, "Retry-After"))
		answer->retry_after_s = easy_retry_after(line, len);
}

static size_t
on_header(char *line, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t len = size * count;

	transfer->last_byte_ms = clock_monotonic_ms();
	transfer->header_bytes += len;
	if (transfer->header_bytes > HEADERS_BYTES)
		return 0;
	read_header(transfer, line, len);
	return len;
}

/* Keeps what arrived, or what the filter selects of it; false = it is too much. */
static bool
keep(struct transfer *transfer, const char *data, size_t len)
{
	const struct http_filter *filter = transfer->call->filter;

	if (filter != NULL && !filter->add(filter->context, data, len, &transfer->body))
		return false;
	if (filter == NULL)
		buf_add(&transfer->body, data, len);
	return !transfer->body.overflow;
}

static size_t
on_body(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t len = size * count;

	transfer->last_byte_ms = clock_monotonic_ms();
	transfer->body_bytes += len;
	transfer->body_refused =
	    transfer->body_bytes > body_max(transfer->call) || !keep(transfer, data, len);
	return transfer->body_refused ? 0 : len;
}

/* Called about once a second even when nothing moves. */
static int
on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
    curl_off_t up)
{
	struct transfer *transfer = context;

	(void)down_total;
	(void)down;
	(void)up_total;
	(void)up;
	transfer->stalled =
	    transfer->last_byte_ms != 0 && clock_monotonic_ms() - transfer->last_byte_ms > STALL_MS;
	return transfer->stalled ? 1 : 0;
}

static void
set_callbacks(CURL *easy, struct transfer *transfer)
{
	SET(easy, CURLOPT_PREREQFUNCTION, on_request);
	SET(easy, CURLOPT_PREREQDATA, transfer);
	SET(easy, CURLOPT_HEADERFUNCTION, on_header);
	SET(easy, CURLOPT_HEADERDATA, transfer);
	SET(easy, CURLOPT_WRITEFUNCTION, on_body);
	SET(easy, CURLOPT_WRITEDATA, transfer);
	SET(easy, CURLOPT_NOPROGRESS, 0L);
	SET(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(easy, CURLOPT_XFERINFODATA, transfer);
	SET(easy, CURLOPT_ERRORBUFFER, transfer->detail);
}

static const char *
failure_text(const struct transfer *transfer, CURLcode code)
{
	if (transfer->body_refused)
		return "the answer is too large";
	if (transfer->header_bytes > HEADERS_BYTES)
		return "the answer's headers are too large";
	if (transfer->stalled)
		return "the answer stopped in the middle";
	if (transfer->late)
		return "too late to send it";
	if (transfer->detail[0] != '\0')
		return arena_strdup(transfer->arena, transfer->detail);
	return curl_easy_strerror(code);
}
