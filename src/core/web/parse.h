/*
 * From the FastCGI parameters and body to a struct req.  Mistakes are recorded on it and
 * answered later.
 */
#ifndef PURSER_WEB_PARSE_H
#define PURSER_WEB_PARSE_H

struct fcgi;
struct req;

/* Method, path, query text, headers and request id. */
void parse_head(struct req *req, struct fcgi *fcgi);

/*
 * After the route is known: body, JSON, fields, query parameters, Idempotency-Key.  413 is
 * recorded at once.
 */
void parse_rest(struct req *req, struct fcgi *fcgi);

#endif
