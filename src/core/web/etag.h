/* Entity tags (RFC 9110 section 8.8): strong ones, and the headers that ask about them. */
#ifndef PURSER_WEB_ETAG_H
#define PURSER_WEB_ETAG_H

#include <stdbool.h>

#include "core/base/bug.h"

struct req;

/*
 * If-Match for the SQL function that makes the change, which compares it; NULL = any state will
 * do.  False = it is malformed, and a problem was recorded.
 */
bool etag_if_match(struct req *req, const char **if_match) MUST_CHECK;

/* Adds ETag to the answer, which is rendered already.  The tag is without quotes. */
void etag_add(struct req *req, const char *tag);

/*
 * The same for a GET: 304 without a body when the client has this state (If-None-Match).  Returns
 * the status.
 */
int etag_reply(struct req *req, const char *tag);

#endif
