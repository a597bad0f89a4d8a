#include "config.h"

#include "core/web/call.h"
#include "core/web/health.h"
#include "core/web/reply.h"
#include "core/web/req.h"

const struct db_stmt health_stmts[] = {
	{ "health", "select 1", 0, false },
	{ 0 }
};

int
health_get(struct req *req)
{
	if (call_read(req, &health_stmts[0], NULL) == NULL)
		return req->status;
	return reply_literal(req, 200, "{\"status\":\"ok\"}");
}
