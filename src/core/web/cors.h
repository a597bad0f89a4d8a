/* Cross-origin requests (CORS): off unless cors_origins lists the origin. */
#ifndef PURSER_WEB_CORS_H
#define PURSER_WEB_CORS_H

#include <stdbool.h>

struct buf;
struct req;

/* The request's Origin when it is allowed, else NULL. */
const char *cors_origin(const struct req *req);

/* Answers a preflight (OPTIONS from an allowed origin) without a route; false = it is none. */
bool cors_preflight(struct req *req);

/* The headers for an allowed origin; nothing otherwise. */
void cors_headers(const struct req *req, struct buf *head);

#endif
