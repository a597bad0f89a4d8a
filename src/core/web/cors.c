/* CORS headers and preflight requests. */
#include "config.h"

#include <string.h>

#include "core/base/buf.h"
#include "core/base/conf.h"
#include "core/web/cors.h"
#include "core/web/req.h"

const char *
cors_origin(const struct req *req)
{
	const char *origin = req->headers.origin;
	const char *p = req->conf->cors_origins;
	size_t len;

	if (origin == NULL || p == NULL)
		return NULL;
	for (; *p != '\0'; p += len) {
		p += strspn(p, " ");
		len = strcspn(p, " ");
		if (len > 0 && strlen(origin) == len && memcmp(p, origin, len) == 0)
			return origin;
	}
	return NULL;
}

bool
cors_preflight(struct req *req)
{
	if (strcmp(req->method, "OPTIONS") != 0 || cors_origin(req) == NULL)
		return false;
	req->status = 204;
	return true;
}

void
cors_headers(const struct req *req, struct buf *head)
{
	const char *origin = cors_origin(req);

	if (origin == NULL)
		return;
	buf_printf(head,
	    "Access-Control-Allow-Origin: %s\r\nVary: Origin\r\n"
	    "Access-Control-Expose-Headers: Request-Id, Retry-After, Idempotent-Replayed\r\n",
	    origin);
	if (req->status == 204)
		buf_str(head,
		    "Access-Control-Allow-Methods: GET, POST, PUT, DELETE\r\n"
		    "Access-Control-Allow-Headers: Authorization, Content-Type,"
		    " Idempotency-Key, X-Idempotency-Key, X-Prop-Account, X-Request-ID,"
		    " X-Session-Token\r\nAccess-Control-Max-Age: 600\r\n");
}
