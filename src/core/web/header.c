/* The table of the headers and parameters that are read, and how they are read. */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/web/fcgi.h"
#include "core/web/header.h"
#include "core/web/req.h"

/* What joins the values of lines with one name (RFC 9110). */
#define JOINT ", "

enum header_flag {
	HEADER_LIST = 1 << 0, /* several values are a list, not a conflict */
	HEADER_CORS = 1 << 1, /* a browser asks before it sends it from another origin */
};

struct header {
	const char *name;  /* as clients write it; NULL = a parameter that is no header */
	const char *param; /* of FastCGI */
	size_t offset;     /* of the member of struct req_headers */
	unsigned flags;
	const char *variable; /* of nginx, where nginx gives the value; NULL = the client does */
};

/* clang-format off */
static const struct header headers[] = {
#define MEMBER(name) offsetof(struct req_headers, name)
	{ NULL, "REQUEST_METHOD", MEMBER(method), 0, "request_method" },
	{ NULL, "REQUEST_URI", MEMBER(uri), 0, "request_uri" },
	{ NULL, "CONTENT_LENGTH", MEMBER(content_length), 0, "content_length" },
	{ "Accept", "HTTP_ACCEPT", MEMBER(accept), HEADER_LIST, NULL },
	{ "Authorization", "HTTP_AUTHORIZATION", MEMBER(authorization), HEADER_CORS, NULL },
	{ "Content-Encoding", "HTTP_CONTENT_ENCODING", MEMBER(content_encoding), HEADER_LIST,
	    NULL },
	{ "Content-Type", "HTTP_CONTENT_TYPE", MEMBER(content_type), HEADER_CORS, NULL },
	{ "Idempotency-Key", "HTTP_IDEMPOTENCY_KEY", MEMBER(idempotency_key), HEADER_CORS, NULL },
	{ "If-Match", "HTTP_IF_MATCH", MEMBER(if_match), HEADER_LIST | HEADER_CORS, NULL },
	{ "If-None-Match", "HTTP_IF_NONE_MATCH", MEMBER(if_none_match), HEADER_LIST | HEADER_CORS,
	    NULL },
	/* commas are part of it, and a signature with two times is refused */
	{ "Stripe-Signature", "HTTP_STRIPE_SIGNATURE", MEMBER(stripe_signature), HEADER_LIST,
	    NULL },
	{ "X-Idempotency-Key", "HTTP_X_IDEMPOTENCY_KEY", MEMBER(idempotency_key_alias),
	    HEADER_CORS, NULL },
	{ "X-Prop-Account", "HTTP_X_PROP_ACCOUNT", MEMBER(prop_account), HEADER_CORS, NULL },
	/* the client's when it is valid, else one that nginx made */
	{ "X-Request-ID", "HTTP_X_REQUEST_ID", MEMBER(request_id), HEADER_CORS,
	    "purser_request_id" },
	{ "X-Session-Token", "HTTP_X_SESSION_TOKEN", MEMBER(session_token), HEADER_CORS, NULL },
#undef MEMBER
};

/* Headers that browsers send as they like, or that a client's tracing adds; none is read. */
static const char *const not_passed[] = { "HTTP_COOKIE", "HTTP_REFERER", "HTTP_USER_AGENT" };
static const char *const ignored[] = { "traceparent", "tracestate" };
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void
header_print_params(FILE *out)
{
	for (size_t i = 0; i < COUNT(headers); i++) {
		if (headers[i].variable != NULL)
			fprintf(out, "fastcgi_param %s $%s if_not_empty;\n", headers[i].param,
			    headers[i].variable);
	}
	for (size_t i = 0; i < COUNT(not_passed); i++)
		fprintf(out, "fastcgi_param %s \"\" if_not_empty;\n", not_passed[i]);
}

void
header_print_cors(FILE *out)
{
	fputs("default \"", out);
	for (size_t i = 0; i < COUNT(headers); i++) {
		if (headers[i].flags & HEADER_CORS)
			fprintf(out, "%s, ", headers[i].name);
	}
	for (size_t i = 0; i < COUNT(ignored); i++)
		fprintf(out, "%s%s", i > 0 ? ", " : "", ignored[i]);
	fputs("\";\n", out);
}

/* "a, a" -> "a": lines with equal values that nginx joined.  Else the text as it is. */
static const char *
without_repeats(struct arena *arena, const char *text)
{
	const char *joint = strstr(text, JOINT);
	size_t len = joint == NULL ? 0 : (size_t)(joint - text);

	if (joint == NULL)
		return text;
	for (const char *next = joint; *next != '\0'; next += len) {
		if (strncmp(next, JOINT, strlen(JOINT)) != 0)
			return text;
		next += strlen(JOINT);
		if (strncmp(next, text, len) != 0)
			return text;
	}
	return arena_strndup(arena, text, len);
}

/* All lines with the name of the header, as one text; NULL = there is none. */
static const char *
read_lines(struct arena *arena, struct fcgi *fcgi, const char *param)
{
	const char *text = fcgi_param(fcgi, param, 0);

	for (size_t i = 1; text != NULL; i++) {
		const char *next = fcgi_param(fcgi, param, i);

		if (next == NULL)
			return without_repeats(arena, text);
		text = arena_printf(arena, "%s" JOINT "%s", text, next);
	}
	return NULL;
}

void
header_read(struct req *req, struct fcgi *fcgi)
{
	for (size_t i = 0; i < COUNT(headers); i++) {
		const char *text = read_lines(req->arena, fcgi, headers[i].param);

		/* A web server may pass an absent body's length as an empty parameter. */
		if (headers[i].name == NULL && text != NULL && text[0] == '\0')
			text = NULL;
		*(const char **)((char *)&req->headers + headers[i].offset) = text;
		if (text != NULL && headers[i].name != NULL && req->conflict == NULL &&
		    !(headers[i].flags & HEADER_LIST) && strstr(text, JOINT) != NULL)
			req->conflict = headers[i].name;
	}
}
