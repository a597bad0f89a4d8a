/* Parses a request: head, query, body, Idempotency-Key. */
#include "config.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/id.h"
#include "core/base/text.h"
#include "core/json/json.h"
#include "core/web/fcgi.h"
#include "core/web/field.h"
#include "core/web/header.h"
#include "core/web/parse.h"
#include "core/web/req.h"
#include "core/web/route.h"

/* --- head ---------------------------------------------------------------- */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Percent-decoding to valid UTF-8 without NUL; NULL = malformed.  plus = decode '+' as a
 * space; slash = accept an encoded slash, which is no separator.
 */
static char *
decode(struct arena *arena, const char *text, size_t len, bool plus, bool slash)
{
	char *out = arena_alloc(arena, len + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < len ? hex_value(text[i + 1]) : -1;
			int low = high < 0 ? -1 : hex_value(text[i + 2]);

			if (low < 0)
				return NULL;
			c = (char)(high * 16 + low);
			i += 2;
			if (c == '\0' || (c == '/' && !slash))
				return NULL;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return text_utf8_valid(out, n) ? out : NULL;
}

/* Keeps a valid X-Request-ID, so that the client's logs and ours can be joined. */
static const char *
request_id(struct req *req)
{
	const char *given = req->headers.request_id;
	char *made;

	if (given != NULL && strlen(given) <= LIMIT_REQUEST_ID_BYTES &&
	    strspn(given, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
		strlen(given))
		return given;
	made = arena_alloc(req->arena, ID_BYTES);
	id_make(made, "req");
	return made;
}

static bool
has_dot_segment(const char *path)
{
	for (const char *p = strchr(path, '/'); p != NULL; p = strchr(p, '/')) {
		size_t len = strcspn(++p, "/");

		if ((len == 1 || len == 2) && strspn(p, ".") == len)
			return true;
	}
	return false;
}

/*
 * NULL = malformed.  nginx resolves "." and ".." and cuts a path at "#" before it
 * chooses the listener.  With such a path nginx would see another route than this
 * program, so no route matches it here.
 */
static const char *
read_path(struct arena *arena, const char *uri, size_t len)
{
	const char *path;

	if (memchr(uri, '#', len) != NULL)
		return NULL;
	path = decode(arena, uri, len, false, false);
	return path == NULL || has_dot_segment(path) ? NULL : path;
}

void
parse_head(struct req *req, struct fcgi *fcgi)
{
	const char *uri, *method;
	size_t len;

	header_read(req, fcgi);
	uri = req->headers.uri;
	method = req->headers.method;
	req->id = request_id(req);
	/* nginx sends the answer to HEAD without its body. */
	req->method = method == NULL || strcmp(method, "HEAD") == 0 ? "GET" : method;
	if (uri == NULL)
		uri = "/";
	len = strcspn(uri, "?");
	req->query_text = uri[len] == '?' ? uri + len + 1 : "";
	req->path = len > LIMIT_PATH_BYTES ? NULL : read_path(req->arena, uri, len);
	/* A malformed path matches no route. */
	if (req->path == NULL)
		req->path = "";
	req->api = api_of_path(len > LIMIT_PATH_BYTES ? uri : req->path);
	if (len > LIMIT_PATH_BYTES)
		problem(req, PROBLEM_URI_TOO_LONG, "the path is longer than %d bytes",
		    LIMIT_PATH_BYTES);
}

/* --- query --------------------------------------------------------------- */

static void
query_add(struct req *req, const char *name, const char *value)
{
	if (name == NULL || value == NULL) {
		problem_field(req, "query", "is not percent-encoded UTF-8");
		return;
	}
	if (req_query(req, name) != NULL) {
		problem_field(req, name, "is given twice");
		return;
	}
	if (req->query_count == LIMIT_QUERY_PARAMS) {
		problem_field(req, "query", "has more than %d parameters", LIMIT_QUERY_PARAMS);
		return;
	}
	req->query[req->query_count++] = (struct req_pair) { name, value };
}

static void
parse_query(struct req *req)
{
	const char *p = req->query_text;

	if (strlen(p) > LIMIT_QUERY_BYTES) {
		problem_field(req, "query", "is longer than %d bytes", LIMIT_QUERY_BYTES);
		return;
	}
	while (*p != '\0') {
		size_t len = strcspn(p, "&");
		size_t name = strcspn(p, "=&");
		size_t value = name < len ? name + 1 : len;

		if (len > 0)
			query_add(req, decode(req->arena, p, name, true, true),
			    decode(req->arena, p + value, len - value, true, true));
		p += len;
		if (*p == '&')
			p++;
	}
}

/* --- body ---------------------------------------------------------------- */

/* Reads one byte more than the limit, to detect a larger body. */
static bool
read_body(struct req *req, struct fcgi *fcgi)
{
	size_t limit = route_body_bytes(req->route);
	const char *length = req->headers.content_length;
	size_t expected = length == NULL ? 0 : strtoul(length, NULL, 10);
	char *body;

	if (expected > limit) {
		problem(req, PROBLEM_PAYLOAD_TOO_LARGE, "the body is larger than %zu bytes", limit);
		return false;
	}
	body = arena_alloc(req->arena, expected + 1);
	req->body_len = expected == 0 ? 0 : fcgi_read(fcgi, body, expected);
	body[req->body_len] = '\0';
	req->body = body;
	if (req->body_len == expected)
		return true;
	problem(req, PROBLEM_INVALID_JSON, "the body is shorter than its Content-Length");
	return false;
}

/* A body is taken as it is: the limits count what arrives, and signatures cover it. */
static bool
check_encoding(struct req *req)
{
	const char *encoding = req->headers.content_encoding;

	if (encoding == NULL || encoding[0] == '\0' || strcasecmp(encoding, "identity") == 0)
		return true;
	problem(req, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
	    "Content-Encoding is not supported: send the body without it");
	return false;
}

static bool
is_type(const char *content_type, const char *wanted)
{
	size_t len;

	if (content_type == NULL)
		return false;
	len = strcspn(content_type, "; \t");
	return len == strlen(wanted) && strncasecmp(content_type, wanted, len) == 0;
}

/* NULL = a problem was recorded; no body at all counts as {}. */
static const struct json *
parse_json(struct req *req)
{
	const char *why = NULL;
	const struct json *json;

	if (req->body_len == 0)
		return json_parse_body(req->arena, "{}", 2, &why);
	if (!is_type(req->headers.content_type, "application/json")) {
		problem(req, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
		    "Content-Type must be application/json");
		return NULL;
	}
	json = json_parse_body(req->arena, req->body, req->body_len, &why);
	if (json == NULL) {
		problem(req, PROBLEM_INVALID_JSON, "the request body is not valid JSON: %s", why);
		return NULL;
	}
	if (json_type(json) == JSON_OBJECT)
		return json;
	problem(req, PROBLEM_INVALID_JSON, "the request body must be a JSON object");
	return NULL;
}

static void
parse_body(struct req *req)
{
	const struct json *json;

	if (req->route->flags & ROUTE_CSV_BODY)
		return;
	json = parse_json(req);
	if (json == NULL || req->route->input == NULL)
		return;
	req->input = arena_zalloc(req->arena, req->route->input->bytes);
	field_bind(req, req->route->input->fields, json, req->input);
	if (req->route->input->check != NULL)
		req->route->input->check(req, req->input);
}

/* --- idempotency --------------------------------------------------------- */

/*
 * What a repeat must have in common with the first request: query, X-Prop-Account and body; method
 * and path are columns of the idempotency row.  Without the first two it is the body's hash alone,
 * as former versions stored it.
 */
static void
hash_request(struct req *req)
{
	const char *account = req->headers.prop_account;
	unsigned char *hash = req->idempotency.hash;
	struct buf all;

	crypto_sha256(req->body, req->body_len, hash);
	if (account == NULL && req->query_text[0] == '\0')
		return;
	buf_init(&all, req->arena, LIMIT_REPLY_BYTES);
	buf_add(&all, (const char *)hash, CRYPTO_SHA256_BYTES);
	buf_add(&all, req->query_text, strlen(req->query_text) + 1);
	buf_str(&all, account == NULL ? "" : account);
	crypto_sha256(all.data, all.len, hash);
}

static void
parse_key(struct req *req)
{
	const char *key = req->headers.idempotency_key;
	const char *alias = req->headers.idempotency_key_alias;

	if (key == NULL)
		key = alias;
	if (key == NULL)
		return;
	if (!text_visible_ascii(key, LIMIT_IDEMPOTENCY_KEY_BYTES)) {
		problem_header(req, "Idempotency-Key", "must be 1 to %d visible ASCII characters",
		    LIMIT_IDEMPOTENCY_KEY_BYTES);
		return;
	}
	if (alias != NULL && strcmp(key, alias) != 0) {
		problem_header(req, "Idempotency-Key", "differs from X-Idempotency-Key");
		return;
	}
	req->idempotency.key = key;
	hash_request(req);
}

static void
parse_prop_account(struct req *req)
{
	const char *account = req->headers.prop_account;

	/* A malformed id cannot be the id of an account. */
	if (account != NULL && !text_visible_ascii(account, LIMIT_ID_BYTES))
		problem(req, PROBLEM_NOT_FOUND, NULL);
}

void
parse_rest(struct req *req, struct fcgi *fcgi)
{
	bool writes = strcmp(req->method, "GET") != 0 && strcmp(req->method, "DELETE") != 0;

	if (!check_encoding(req) || !read_body(req, fcgi))
		return;
	if (req->route->flags & ROUTE_RAW_BODY)
		return;
	if (strcmp(req->method, "POST") == 0)
		parse_key(req);
	if (req->status == 0)
		parse_prop_account(req);
	if (req->status == 0)
		parse_query(req);
	if (req->status == 0 && writes)
		parse_body(req);
}
