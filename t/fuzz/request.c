/* Protects: no request crashes its readers; a handler gets only what its route demands. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "core/json/json.h"
#include "core/web/fcgi.h"
#include "core/web/parse.h"
#include "core/web/req.h"
#include "core/web/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- a FastCGI request, in place of core/web/fcgi.c --------------------------- */

#define PARAMS_MAX 32

struct fcgi {
	char *params[PARAMS_MAX]; /* "NAME=value" */
	size_t count;
	const char *body;
	size_t body_len;
	size_t body_at; /* what was read of it */
};

const char *
fcgi_param(struct fcgi *fcgi, const char *name, size_t nth)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < fcgi->count; i++) {
		if (strncmp(fcgi->params[i], name, len) == 0 && fcgi->params[i][len] == '=' &&
		    nth-- == 0)
			return fcgi->params[i] + len + 1;
	}
	return NULL;
}

size_t
fcgi_read(struct fcgi *fcgi, char *data, size_t len)
{
	size_t left = fcgi->body_len - fcgi->body_at;

	if (len > left)
		len = left;
	if (len > 0)
		memcpy(data, fcgi->body + fcgi->body_at, len);
	fcgi->body_at += len;
	return len;
}

/* Lines with a parameter each up to an empty line, then the body. */
static void
fcgi_fill(struct fcgi *fcgi, struct arena *arena, const char *data, size_t size)
{
	while (size > 0) {
		const char *end = memchr(data, '\n', size);
		size_t len = end != NULL ? (size_t)(end - data) : size;

		if (len > 0 && fcgi->count < PARAMS_MAX)
			fcgi->params[fcgi->count++] = arena_strndup(arena, data, len);
		data += len + (end != NULL);
		size -= len + (end != NULL);
		if (len == 0)
			break;
	}
	fcgi->body = data;
	fcgi->body_len = size;
}

/* --- routes with every type of field --------------------------------------------- */

struct input {
	const char *text;
	int64_t whole;
	const char *clearable;
	struct field_number cents;
	const char *date;
	const char *uuid;
};

/* clang-format off */
static const struct field fields[] = {
	{ "text", FIELD_TEXT, true, 2, 8, offsetof(struct input, text) },
	{ "whole", FIELD_INT, true, -5, 1000000, offsetof(struct input, whole) },
	{ "clearable", FIELD_CLEARABLE, false, 0, 8, offsetof(struct input, clearable) },
	{ "cents", FIELD_CENTS, false, -100000, 100000, offsetof(struct input, cents) },
	{ "date", FIELD_DATE, false, 0, 0, offsetof(struct input, date) },
	{ "uuid", FIELD_UUID, false, 0, 0, offsetof(struct input, uuid) },
	{ "fixed", FIELD_FIXED, false, 0, 0, 0 },
	{ 0 },
};

static const struct route_input input = { fields, sizeof(struct input), NULL };

static const struct route routes[] = {
	{ "GET", "/v2/things", API_PROP, NULL, 0, "list", NULL, NULL },
	{ "POST", "/v2/things", API_PROP, NULL, 0, "create", NULL,
	    &input },
	{ "GET", "/v2/things/{id}", API_PROP, NULL, 0, "get", NULL, NULL },
	{ "POST", "/v2/things/{id}/send", API_PROP, NULL, 0, "send", NULL, NULL },
	{ "PUT", "/api/v1/things/{id}/parts/{part}", API_JOURNAL, NULL, 0, "update",
	  NULL,
	    &input },
	{ "DELETE", "/api/v1/things/{id}", API_JOURNAL, NULL, 0, "delete", NULL, NULL },
	{ "POST", "/api/v1/import", API_JOURNAL, NULL, ROUTE_CSV_BODY, "import", NULL, NULL },
	{ "POST", "/v2/events", API_PROVIDER, NULL, ROUTE_RAW_BODY, "receive", NULL, NULL },
	{ 0 },
};
/* clang-format on */

/* --- what must hold ----------------------------------------------------------------- */

static void
check_utf8(const char *text, size_t bytes_max)
{
	CHECK(text != NULL && strlen(text) <= bytes_max);
	CHECK(text_utf8_valid(text, strlen(text)));
}

static void
check_head(const struct req *req)
{
	CHECK(text_visible_ascii(req->id, LIMIT_REQUEST_ID_BYTES));
	CHECK(strpbrk(req->id, "\"\\<>&'") == NULL);
	CHECK(req->method != NULL && strcmp(req->method, "HEAD") != 0);
	check_utf8(req->path, LIMIT_PATH_BYTES);
	CHECK(strstr(req->path, "/./") == NULL && strstr(req->path, "/../") == NULL);
}

/* Of several values none is taken for the header's. */
static void
check_conflict(const struct req *req)
{
	const char *key = req->headers.idempotency_key;
	const char *account = req->headers.prop_account;

	CHECK(req->conflict != NULL || key == NULL || strstr(key, ", ") == NULL);
	CHECK(req->conflict != NULL || account == NULL || strstr(account, ", ") == NULL);
	CHECK(req->status == 0 || req->problem.problem == PROBLEM_URI_TOO_LONG);
}

/* A path that could be read is there to its end: each %XX became one byte, and none a slash. */
static void
check_path(const struct req *req, struct fcgi *fcgi)
{
	const char *uri = fcgi_param(fcgi, "REQUEST_URI", 0);
	size_t len = uri == NULL ? 0 : strcspn(uri, "?"), encoded = 0, slashes = 0;

	for (size_t i = 0; i < len; i++) {
		encoded += uri[i] == '%';
		slashes += uri[i] == '/';
	}
	if (len == 0 || req->path[0] == '\0')
		return;
	CHECK(strlen(req->path) == len - 2 * encoded);
	for (const char *p = req->path; *p != '\0'; p++)
		slashes -= *p == '/';
	CHECK(slashes == 0);
}

/* A row of this method whose {names} are segments of the path, or a problem. */
static void
check_route(const struct req *req)
{
	size_t names = 0;

	if (req->route == NULL) {
		CHECK(req->problem.problem == PROBLEM_NO_ROUTE ||
		    (req->problem.problem == PROBLEM_METHOD_NOT_ALLOWED && req->allow != NULL));
		return;
	}
	CHECK(req->status == 0 && strcmp(req->route->method, req->method) == 0);
	for (const char *p = strchr(req->route->path, '{'); p != NULL; p = strchr(p + 1, '{')) {
		const char *value = req_param(req, names++);

		check_utf8(value, LIMIT_PATH_BYTES);
		CHECK(value[0] != '\0' && strchr(value, '/') == NULL);
		CHECK(strcmp(value, ".") != 0 && strcmp(value, "..") != 0);
	}
}

static void
check_body(const struct req *req, struct fcgi *fcgi)
{
	size_t limit =
	    req->route->flags & ROUTE_RAW_BODY ? LIMIT_WEBHOOK_BODY_BYTES : LIMIT_BODY_BYTES;
	const char *length = fcgi_param(fcgi, "CONTENT_LENGTH", 0);
	bool larger = length != NULL && strtoul(length, NULL, 10) > limit;

	if (req->headers.content_encoding != NULL && req->body == NULL && !larger)
		CHECK(req->problem.problem == PROBLEM_UNSUPPORTED_MEDIA_TYPE);
	if (req->problem.problem == PROBLEM_UNSUPPORTED_MEDIA_TYPE && req->body == NULL)
		return;
	CHECK(larger == (req->problem.problem == PROBLEM_PAYLOAD_TOO_LARGE));
	CHECK(larger == (req->body == NULL));
	CHECK(req->body_len == fcgi->body_at && req->body_len <= limit);
	if (larger)
		return;
	CHECK(req->body[req->body_len] == '\0');
	CHECK(req->body_len == 0 || memcmp(req->body, fcgi->body, req->body_len) == 0);
}

static void
check_query(const struct req *req)
{
	CHECK(req->query_count <= LIMIT_QUERY_PARAMS);
	CHECK(req->query_count == 0 || strlen(req->query_text) <= LIMIT_QUERY_BYTES);
	for (size_t i = 0; i < req->query_count; i++) {
		check_utf8(req->query[i].name, LIMIT_QUERY_BYTES);
		check_utf8(req->query[i].value, LIMIT_QUERY_BYTES);
		/* The first of that name is this one: no other has it. */
		CHECK(req_query(req, req->query[i].name) == req->query[i].value);
	}
}

static void
check_key(const struct req *req)
{
	unsigned char hash[CRYPTO_SHA256_BYTES];

	if (req->idempotency.key == NULL)
		return;
	CHECK(text_visible_ascii(req->idempotency.key, LIMIT_IDEMPOTENCY_KEY_BYTES));
	CHECK(strcmp(req->method, "POST") == 0);
	crypto_sha256(req->body, req->body_len, hash);
	CHECK((memcmp(hash, req->idempotency.hash, sizeof(hash)) == 0) ==
	    (req->headers.prop_account == NULL && req->query_text[0] == '\0'));
}

static void
check_text(const char *text, const struct field *field)
{
	size_t len;

	check_utf8(text, LIMIT_BODY_BYTES);
	len = text_utf8_length(text, strlen(text));
	CHECK(len >= (size_t)field->min && len <= (size_t)field->max);
}

/* What the handler of a route with fields reads. */
static void
check_input(const struct input *input)
{
	CHECK(input != NULL);
	check_text(input->text, &fields[0]);
	CHECK(input->whole >= fields[1].min && input->whole <= fields[1].max);
	if (input->clearable != NULL)
		check_text(input->clearable, &fields[2]);
	CHECK(input->cents.given || input->cents.n == 0);
	CHECK(input->cents.n >= fields[3].min && input->cents.n <= fields[3].max);
	CHECK(input->date == NULL || text_date(input->date));
	CHECK(input->uuid == NULL || text_uuid(input->uuid));
}

/* A problem is the client's, and its answer is JSON whatever the request was. */
static void
check_problem(struct req *req)
{
	enum api api = req->route != NULL ? req->route->api : api_of_path(req->path);
	const char *why = NULL;

	CHECK((req->status == 0) == (req->problem.problem == PROBLEM_NONE));
	if (req->status == 0)
		return;
	CHECK(req->status >= 400 && req->status < 500);
	CHECK(req->status == problem_status(req->problem.problem, api));
	CHECK(req->problem.field_count <= LIMIT_FIELD_ERRORS);
	CHECK(
	    (req->problem.problem == PROBLEM_VALIDATION ||
		req->problem.problem == PROBLEM_HEADER_INVALID) == (req->problem.field_count > 0));
	problem_render(&req->reply, &req->problem, api, req->id, "2026-01-01T00:00:00Z");
	CHECK(!req->reply.overflow && text_utf8_valid(req->reply.data, req->reply.len));
	CHECK(json_parse(req->arena, req->reply.data, req->reply.len, &why) != NULL);
}

/* A page of a list, as handlers ask for it. */
static void
check_page(struct req *req)
{
	int64_t limit, offset;

	if (req_limit(req, 50, &limit))
		CHECK(limit >= 1 && limit <= LIMIT_PAGE_ROWS);
	if (req_offset(req, &offset))
		CHECK(offset >= 0 && offset <= LIMIT_OFFSET);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fcgi fcgi = { .count = 0 };
	struct arena arena;
	struct req *req;

	arena_init(&arena);
	fcgi_fill(&fcgi, &arena, (const char *)data, size);
	req = arena_zalloc(&arena, sizeof(*req));
	req->arena = &arena;
	buf_init(&req->reply, &arena, LIMIT_REPLY_BYTES);
	parse_head(req, &fcgi);
	check_head(req);
	check_path(req, &fcgi);
	check_conflict(req);
	if (req->status == 0) {
		req->route = route_match(req, (const struct route *const[]) { routes, NULL });
		check_route(req);
	}
	if (req->route != NULL) {
		parse_rest(req, &fcgi);
		check_body(req, &fcgi);
		check_query(req);
		check_key(req);
		if (req->status == 0 && req->route->input != NULL)
			check_input(req->input);
		if (req->status == 0)
			check_page(req);
	}
	check_problem(req);
	arena_release(&arena);
	return 0;
}
