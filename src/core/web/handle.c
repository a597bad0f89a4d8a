/* Serves one request: route, requirements, handler, answer, log line. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/log.h"
#include "core/base/misfit.h"
#include "core/base/wake_jobs.h"
#include "core/db/db.h"
#include "core/web/call.h"
#include "core/web/fcgi.h"
#include "core/web/handle.h"
#include "core/web/parse.h"
#include "core/web/req.h"
#include "core/web/route.h"

#define RETRY_AFTER_S 1

static void
render_problem(struct req *req)
{
	char now[CLOCK_RFC3339_BYTES];

	clock_rfc3339(clock_unix_s(), now);
	buf_clear(&req->reply);
	req->content_type = "application/json";
	problem_render(&req->reply, &req->problem, req->api, req->id, now);
}

/* Replaces an answer that is too large by an error; it must not be sent truncated. */
static void
check_overflow(struct req *req)
{
	if (!req->reply.overflow)
		return;
	log_event(LOG_LEVEL_ERROR, req->id,
	    "answer larger than LIMIT_REPLY_BYTES, 500 sent instead", NULL);
	req->reply.overflow = false;
	problem(req, PROBLEM_INTERNAL, NULL);
}

/* Renders the answer before it is stored, so that a repeat gets the same bytes. */
static void
finish(struct req *req)
{
	enum problem before;

	check_overflow(req);
	if (req->problem.problem != PROBLEM_NONE)
		render_problem(req);
	before = req->problem.problem;
	if (req->route != NULL)
		call_finish(req);
	if (req->problem.problem != before && req->problem.problem != PROBLEM_NONE)
		render_problem(req);
}

/* Did nginx choose the wrong listener?  Its map may be older than this program. */
static bool
is_misdirected(struct req *req, const struct handle *handle)
{
	if (handle->upstream || !(req->route->flags & ROUTE_UPSTREAM))
		return false;
	log_event(LOG_LEVEL_ERROR, req->id,
	    "a route that calls upstream came to the main listener: reload nginx", "route",
	    req->route->name, NULL);
	problem(req, PROBLEM_UNAVAILABLE, NULL);
	return true;
}

/*
 * The problem of a route that needs Stripe while no Stripe account has a confirmed key: one of
 * which Stripe has not said yet whose it is may be confirmed soon.  Whether the tenant's account
 * has a key is decided by the statement that commits the intent (core.stripe_account_need).
 */
static enum problem
lack_of_stripe(const struct req *req)
{
	struct credentials_store *store = req->conf->credentials;

	if (!(req->route->flags & ROUTE_NEEDS_STRIPE) || credentials_any_confirmed(store))
		return PROBLEM_NONE;
	return credentials_any_unknown(store) ? PROBLEM_UNAVAILABLE : PROBLEM_STRIPE_NOT_CONFIGURED;
}

/* Two values of one header: which of them the client means is not known. */
static bool
is_ambiguous(struct req *req)
{
	if (req->conflict == NULL)
		return false;
	problem_header(req, req->conflict, "has several values; send one");
	return true;
}

/* A file costs memory and time: it is read for an authenticated client, few at a time. */
static bool
may_send_file(struct req *req)
{
	return !(req->route->flags & ROUTE_CSV_BODY) || call_enter_long(req);
}

/* Routes the request, checks the requirements of its row, and calls the handler. */
static void
respond(struct req *req, const struct handle *handle, struct fcgi *fcgi)
{
	enum problem lack;

	if (req->status != 0) /* the head cannot be read */
		return;
	req->route = route_match(req, handle->tables);
	if (req->route == NULL)
		return;
	req->api = req->route->api;
	if (is_misdirected(req, handle) || is_ambiguous(req) || !may_send_file(req))
		return;
	parse_rest(req, fcgi);
	lack = lack_of_stripe(req);
	if (req->status == 0 && lack != PROBLEM_NONE) {
		call_refuse(req, lack);
	} else if (req->status == 0) {
		int status = req->route->handler(req);

		CHECK(status == req->status && status != 0);
	} else if (req->status != problem_status(PROBLEM_PAYLOAD_TOO_LARGE, API_PROP)) {
		call_authenticate(req);
	}
}

static const char *
reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 201:
		return "Created";
	case 202:
		return "Accepted";
	case 304:
		return "Not Modified";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 409:
		return "Conflict";
	case 412:
		return "Precondition Failed";
	case 413:
		return "Content Too Large";
	case 414:
		return "URI Too Long";
	case 415:
		return "Unsupported Media Type";
	case 422:
		return "Unprocessable Content";
	case 500:
		return "Internal Server Error";
	case 502:
		return "Bad Gateway";
	case 503:
		return "Service Unavailable";
	default:
		return "Status";
	}
}

/* Names of routes, never paths: an id or a token in a path stays out of the logs. */
static const char *
route_name(const struct req *req)
{
	return req->route == NULL ? "none" : req->route->name;
}

static const char *
problem_name(const struct req *req)
{
	return req->problem.problem == PROBLEM_NONE ? NULL :
						      problem_code(req->problem.problem, API_PROP);
}

/* name ends in colon and space.  A NULL value adds no header. */
static void
header(struct buf *head, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_str(head, name);
	buf_str(head, value);
	buf_str(head, "\r\n");
}

/* For nginx's log; nginx removes them from the answer (nginx/errors.conf). */
static void
headers_for_log(struct buf *head, const struct req *req)
{
	header(head, "X-Purser-Route: ", route_name(req));
	header(head, "X-Purser-Tenant: ", req->tenant);
	header(head, "X-Purser-Problem: ", problem_name(req));
}

static void
send(struct req *req, struct fcgi *fcgi)
{
	struct buf head;

	buf_init(&head, req->arena, 4096);
	buf_printf(&head, "Status: %d %s\r\nContent-Length: %zu\r\n", req->status,
	    reason(req->status), req->reply.len);
	header(&head, "Content-Type: ", req->content_type);
	header(&head, "Request-Id: ", req->id);
	header(&head, "Content-Disposition: ", req->disposition);
	header(&head, "ETag: ", req->etag);
	header(&head, "Allow: ", req->allow);
	if (req->problem.problem == PROBLEM_UNAUTHORIZED ||
	    req->problem.problem == PROBLEM_SESSION_INVALID)
		buf_str(&head, "WWW-Authenticate: Bearer\r\n");
	if (req->replayed)
		buf_str(&head, "Idempotent-Replayed: true\r\n");
	if (req->status == 503 || req->problem.problem == PROBLEM_IDEMPOTENCY_IN_PROGRESS)
		buf_printf(&head, "Retry-After: %d\r\n", RETRY_AFTER_S);
	if (req->route != NULL && req->route->flags & ROUTE_SECRET)
		buf_str(&head, "Cache-Control: no-store\r\n");
	header(&head, "Link: ", req->link);
	headers_for_log(&head, req);
	buf_str(&head, "\r\n");
	fcgi_answer(fcgi, head.data, head.len, req->reply.data, req->reply.len);
}

/*
 * Logs the failures on our side.  nginx logs every request, with the headers that send() adds.
 * A second line for each would cost a write, and journald drops lines of a program that
 * writes some hundred a second.
 */
static void
log_request(const struct req *req, int64_t started_ms)
{
	enum log_level level = req->status >= 500 ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG;
	char status[16];
	char ms[24];

	if (!log_wants(level))
		return;
	snprintf(status, sizeof(status), "%d", req->status);
	snprintf(ms, sizeof(ms), "%lld", (long long)(clock_monotonic_ms() - started_ms));
	log_event(level, req->id, "request", "method", req->method, "route", route_name(req),
	    "status", status, "ms", ms, "tenant", req->tenant, "problem", problem_name(req), NULL);
}

/* Does the program serve files, for which statements have more time (DB_LONG)? */
static bool
has_files(const struct handle *handle)
{
	for (size_t t = 0; handle->tables[t] != NULL; t++) {
		for (const struct route *row = handle->tables[t]; row->method != NULL; row++) {
			if (row->flags & ROUTE_CSV_BODY)
				return true;
		}
	}
	return false;
}

/* The longest time of a request: one that asks the validator first, then Stripe; or a file. */
int64_t
handle_longest_ms(const struct handle *handle)
{
	const struct conf *conf = handle->conf;
	int64_t upstream_ms = conf->stripe_deadline_ms + conf->validator_request_timeout_ms;

	int64_t file_ms =
	    has_files(handle) ? (CALL_LONG_FACTOR - 1) * conf->database_timeout_ms : 0;

	/* Settling and finishing each get a minimum time. */
	upstream_ms = handle->upstream ? upstream_ms + 2 * CALL_CLOSING_MS : 0;
	return clock_left_ms(db_deadline_ms(handle->db)) +
	    (upstream_ms > file_ms ? upstream_ms : file_ms);
}

struct work {
	struct req *req;
	const struct handle *handle;
	struct fcgi *fcgi;
};

static void
work_respond(void *data)
{
	const struct work *work = data;

	parse_head(work->req, work->fcgi);
	respond(work->req, work->handle, work->fcgi);
}

static void
work_finish(void *data)
{
	const struct work *work = data;

	finish(work->req);
}

/* The rows of this request are not as expected: nothing that is still open takes effect. */
static void
give_up(struct req *req)
{
	if (req->tx != NULL)
		db_tx_drop(req->tx);
	req->tx = NULL;
	problem(req, PROBLEM_INTERNAL, NULL);
}

/* Everything but sending the answer.  A misfit costs this request, not those of other threads. */
static void
answer(struct req *req, const struct handle *handle, struct fcgi *fcgi)
{
	struct work work = { req, handle, fcgi };

	if (!misfit_guard(work_respond, &work))
		give_up(req);
	if (misfit_guard(work_finish, &work))
		return;
	give_up(req);
	render_problem(req);
}

void
handle_request(const struct handle *handle, struct fcgi *fcgi, struct arena *arena)
{
	int64_t started_ms = clock_monotonic_ms();
	struct req *req = arena_zalloc(arena, sizeof(*req));

	req->arena = arena;
	req->conf = handle->conf;
	req->db = handle->db;
	req->database_left_ms = clock_left_ms(db_deadline_ms(handle->db));
	req->holder = handle->holder;
	req->content_type = "application/json";
	buf_init(&req->reply, arena, LIMIT_REPLY_BYTES);
	answer(req, handle, fcgi);
	/* Logs before send() frees the FastCGI parameters, into which the request id may point. */
	log_request(req, started_ms);
	/* Before the client has its answer, after which it may send the next file. */
	if (req->is_long)
		db_leave_long(req->db);
	send(req, fcgi);
	if (req->wakes_jobs)
		wake_jobs(handle->conf->jobs_socket);
}
