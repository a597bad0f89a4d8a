/*
 * The headers of a request: which are read, and what counts when one comes several times.
 *
 * nginx passes all headers.  Before 1.23 it passes each line of one that comes several times, from
 * then on one value, joined by commas: both are read alike.  Lines with equal values count as one.
 * Of a header with one value, other values are a mistake of the client's (req->conflict); the
 * values of a list are joined.  A header without a value is there, and empty.
 */
#ifndef PURSER_WEB_HEADER_H
#define PURSER_WEB_HEADER_H

#include <stdio.h>

struct fcgi;
struct req;

/* Fills req->headers, and req->conflict with the name of a header that has several values. */
void header_read(struct req *req, struct fcgi *fcgi);

/*
 * `--nginx=fastcgi_params`: what nginx passes besides the headers, or in place of one; and the
 * headers of any size that it does not pass, since none is read.
 */
void header_print_params(FILE *out);

/* `--nginx=cors_headers`: the headers that a browser may send from another origin. */
void header_print_cors(FILE *out);

#endif
