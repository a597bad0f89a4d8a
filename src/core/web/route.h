/*
 * The route table of a module: every path, its requirements, its handler.
 * The requirements in the row are enforced before the handler is called.
 */
#ifndef PURSER_WEB_ROUTE_H
#define PURSER_WEB_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/auth/auth.h"
#include "core/web/problem.h"

struct req;

/*
 * Returns the HTTP status of the answer that it made (reply.h) or of the problem that it
 * recorded.
 */
typedef int route_handler(struct req *req);

enum route_flag {
	ROUTE_UPSTREAM = 1 << 0,     /* calls upstream: served by the second listener */
	ROUTE_NEEDS_STRIPE = 1 << 3, /* refused while Stripe is not configured */
	ROUTE_STRIPE = ROUTE_UPSTREAM | ROUTE_NEEDS_STRIPE,
	/* the handler wants the bytes, any Content-Type, up to LIMIT_WEBHOOK_BODY_BYTES */
	ROUTE_RAW_BODY = 1 << 1,
	/* the handler reads a CSV file by upload_read(), up to LIMIT_CSV_BODY_BYTES */
	ROUTE_CSV_BODY = 1 << 2,
	/* every program has it: nginx/purser.conf.in says which one nginx asks */
	ROUTE_EVERY_PROGRAM = 1 << 4,
	/* on prop: the app's token is enough, it shows nothing of a user */
	ROUTE_APP = 1 << 5,
	/* its answers carry a secret or a link that opens once: nothing on the way keeps them */
	ROUTE_SECRET = 1 << 6,
};

enum field_type {
	FIELD_TEXT, /* const char *; min and max count code points */
	FIELD_INT,  /* int64_t within [min, max] */
	/* as FIELD_TEXT, but null is the empty text and clears the stored one */
	FIELD_CLEARABLE,
	/*
	 * struct field_number: at most two decimals, no exponent; in hundredths, within
	 * [min, max]
	 */
	FIELD_CENTS,
	FIELD_DATE, /* const char *: a day of the calendar, YYYY-MM-DD */
	FIELD_UUID, /* const char * */
	/*
	 * const struct json *: an array of [min, max] texts, each of LIMIT_ELEMENT_CHARS at
	 * most
	 */
	FIELD_TEXTS,
	FIELD_FIXED, /* refused when given: it cannot be changed */
};

/* An optional number; `given` separates absent from zero. */
struct field_number {
	bool given;
	int64_t n;
};

/* One member of a JSON body, bound to a struct before the handler runs.  Others are ignored. */
struct field {
	const char *name; /* NULL ends the table */
	enum field_type type;
	bool required;
	int64_t min;
	int64_t max;
	size_t offset; /* of the struct's member; an absent optional one stays zero */
};

/* The struct to which the JSON body of a route is bound. */
struct route_input {
	const struct field *fields;
	size_t bytes; /* size of the struct */
	/* adds mistakes of the fields, for the same answer; what is not bound is zero; or NULL */
	void (*check)(struct req *req, const void *input);
};

struct route {
	const char *method; /* NULL ends the table */
	/* "/v2/payments/{payment_id}": {name} is one segment; static segments come first */
	const char *path;
	enum api api;
	const char *scope; /* NULL where the api's credential is for one thing only */
	unsigned flags;
	/* "payments.checkout_create": payments_checkout_create() in payments/checkout.c */
	const char *name;
	route_handler *handler;
	const struct route_input *input; /* NULL = the body is not parsed */
};

/*
 * The row for the request in the tables (NULL at the end), filling req->path_params; NULL
 * = a problem (404, or 405 with req->allow) is recorded.
 */
const struct route *route_match(struct req *req, const struct route *const *tables);

/* The credential of its clients: that of the api, unless a flag says otherwise. */
enum auth route_auth(const struct route *route);

/* The largest body that the route takes; a larger one gets 413. */
size_t route_body_bytes(const struct route *route);

/*
 * `--routes`: method, path, api, credential, scope, listener, handler; the head, and the rows
 * of a table.
 */
void route_print_head(FILE *out);
void route_print(FILE *out, const struct route *routes);

#endif
