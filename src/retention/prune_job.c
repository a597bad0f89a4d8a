/* Retention: deletes rows that are no longer needed, a limited number per run. */
#include "config.h"

#include "core/base/arena.h"
#include "core/jobs/job.h"
#include "retention/retention.h"

#define ROWS_A_RUN 1000

static const struct db_stmt prune_stmt = { "retention.prune",
	"select retention.prune($1::int) as rows", 1, 0 };
const struct db_stmt *const retention_prune_job_stmts[] = { &prune_stmt, NULL };

bool
retention_prune_job(struct job *job)
{
	const struct db_rows *rows =
	    job_sql(job, &prune_stmt, DB_PARAMS(db_int(job->arena, ROWS_A_RUN)));

	return rows != NULL && db_value_int(rows, 0, "rows") >= ROWS_A_RUN;
}
