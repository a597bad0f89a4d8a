/* Module retention: its tables of jobs and statements. */
#include "config.h"

#include "core/jobs/job.h"
#include "core/module/module.h"
#include "retention/retention.h"

/* clang-format off */
static const struct job_kind jobs[] = {
	/* name, threads, interval, lease, retries, run */
	{ "retention.prune", 1, MINUTE_MS, MINUTE_MS, job_retry_upstream_s,
	    retention_prune_job },
	{ 0 },
};
/* clang-format on */

static const struct db_stmt *const *const job_stmts[] = { retention_prune_job_stmts, NULL };

const struct module retention_module = {
	.name = "retention",
	.jobs = jobs,
	.job_stmts = job_stmts,
};
