/*
 * A request and its answer.  Handlers read it; only core/web writes it, except
 * through the functions of reply.h and problem() below.
 */
#ifndef PURSER_WEB_REQ_H
#define PURSER_WEB_REQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/crypto/crypto.h"
#include "core/web/problem.h"

struct conf;
struct db;
struct db_tx;
struct json;
struct route;

struct req_pair {
	const char *name;
	const char *value;
};

/* Request line and headers that are read (header.h): NULL = absent, "" = without a value. */
struct req_headers {
	const char *method; /* as it was sent, HEAD too */
	const char *uri;
	const char *content_length;
	const char *authorization;
	const char *session_token;
	const char *prop_account;
	const char *idempotency_key;
	const char *idempotency_key_alias;
	const char *request_id;
	const char *stripe_signature;
	const char *content_type;
	const char *content_encoding;
	const char *accept;
	const char *if_match;
	const char *if_none_match;
};

/* The state of this request's Idempotency-Key. */
struct req_idempotency {
	const char *key;                         /* NULL = none given */
	unsigned char hash[CRYPTO_SHA256_BYTES]; /* of the request (parse.c) */
	int64_t id;                              /* 0 = not begun */
	bool stored;                             /* the answer is in the database */
};

struct req {
	struct arena *arena;
	const struct conf *conf;
	struct db *db;
	const char *holder;       /* of leases: this process */
	int64_t database_left_ms; /* left for all its database calls together */

	const char *id; /* request id, in every log line and error */
	const char *method;
	const char *path; /* decoded, without the query */
	const char *query_text;
	const char *body; /* raw, NUL-terminated */
	size_t body_len;
	struct req_headers headers;
	const char *conflict; /* a header that came with several values; NULL = none did */

	enum api api; /* of the route; while none is known, of the path */
	const struct route *route;
	const char *path_params[LIMIT_PATH_PARAMS]; /* in the order of the route's {names} */
	size_t query_count;
	struct req_pair query[LIMIT_QUERY_PARAMS];
	void *input; /* struct that the route's field table filled */

	const char *tenant;    /* after authentication */
	const char *principal; /* user or app id */
	struct req_idempotency idempotency;
	struct db_tx *tx; /* open until the answer is stored with it */
	bool is_long;     /* it has a place among the statements that work on files */

	int status;               /* 0 = not answered yet */
	const char *content_type; /* application/json unless a handler says otherwise */
	struct buf reply;
	bool replayed;           /* adds Idempotent-Replayed: true */
	const char *allow;       /* for 405 */
	const char *link;        /* of a list that goes on: the Link header */
	const char *etag;        /* in quotes */
	const char *disposition; /* of a file: the header Content-Disposition */
	/* it made work for purser-jobs: wake it after the commit */
	bool wakes_jobs;
	struct problem_record problem;
	struct problem_field problem_fields[LIMIT_FIELD_ERRORS];
};

/*
 * Records a problem and returns its HTTP status, so that a handler ends with
 * `return problem(…)`.  The text is for clients: lower case, no internals.  NULL as format =
 * the list's own text.
 */
int problem(struct req *req, enum problem what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a field to a validation error; returns its status. */
int problem_field(struct req *req, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a header: 400, whatever the status of a wrong field is. */
int problem_header(struct req *req, const char *header, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a line of an imported file. */
int problem_line(struct req *req, int64_t line, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* After the lines' problems: how many there are in all, and a message with the first of them. */
int problem_lines_end(struct req *req, int64_t total);

/* The i-th {name} of the route's path. */
const char *req_param(const struct req *req, size_t i);

/* The same for a UUID; NULL = it is none, and a 404 was recorded. */
const char *req_param_uuid(struct req *req, size_t i);

/* A query parameter's decoded value or NULL. */
const char *req_query(const struct req *req, const char *name);

/* A query parameter that is `true` or `false`, and false when absent; false = a problem. */
bool req_flag(struct req *req, const char *name, bool *flag) MUST_CHECK;

/* `limit` of a list (1..LIMIT_PAGE_ROWS) or the fallback; false = a problem was recorded. */
bool req_limit(struct req *req, int64_t fallback, int64_t *limit) MUST_CHECK;

/* A page of a prop list. */
struct req_page {
	int64_t limit;     /* LIMIT_PAGE_ROWS when absent */
	const char *after; /* the id that starting_after names; NULL = the first page */
};

/* From the query, for ids that begin with the prefix ("po_"); false = a problem was recorded. */
bool req_page(struct req *req, const char *prefix, struct req_page *page) MUST_CHECK;

/* `offset` of a list, 0 when absent; false = a problem was recorded. */
bool req_offset(struct req *req, int64_t *offset) MUST_CHECK;

#endif
