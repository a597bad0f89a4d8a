/* Module health: GET /health, served by every program. */
#include "config.h"

#include "core/jobs/job.h"
#include "core/module/module.h"
#include "core/web/call.h"
#include "core/web/reply.h"
#include "core/web/req.h"
#include "core/web/route.h"
#include "health/health.h"

#include "core/module/tables.inc"

static const struct db_stmt get_stmt = { "health.health_get", "select 1", 0, 0 };
const struct db_stmt *const health_health_stmts[] = { &get_stmt, NULL };

/* GET /health -- 200 when this program and its database answer. */
int
health_health_get(struct req *req)
{
	if (call_read(req, &get_stmt, NULL) == NULL)
		return req->status;
	return reply_literal(req, 200, "{\"status\":\"ok\"}");
}
