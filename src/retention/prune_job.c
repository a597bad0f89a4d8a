/* What has served its time: idempotency keys after two days, parked strangers' events after thirty. */
#include "config.h"

#include "core/base/arena.h"
#include "core/jobs/job.h"
#include "jobs/kinds.h"
#include "jobs/stmt.h"

#define ROWS_A_RUN 1000

bool
prune_run(struct job *job)
{
	const struct db_rows *rows = job_sql(job, &jobs_stmts[STMT_PRUNE],
	    DB_PARAMS(db_int(job->arena, ROWS_A_RUN)));

	return rows != NULL && db_value_int(rows, 0, "rows") >= ROWS_A_RUN;
}
