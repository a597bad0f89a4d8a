/* Cross-origin requests from browsers: off unless cors_origins lists the origin. */
#ifndef PURSER_WEB_CORS_H
#define PURSER_WEB_CORS_H

#include <stdbool.h>

struct buf;
struct req;

/* The request's Origin when it is allowed, else NULL. */
const char *cors_origin(const struct req *req);

/* An OPTIONS request of an allowed origin asks what it may send; answered here without a route. */
bool cors_preflight(struct req *req);

/* The headers for an allowed origin; nothing otherwise. */
void cors_headers(const struct req *req, struct buf *head);

#endif
