/* Module stripe_events: its tables of routes, statements and jobs. */
#include "config.h"

#include "core/jobs/job.h"
#include "core/module/module.h"
#include "stripe_events/stripe_events.h"

#include "core/web/routes.inc"

/* clang-format off */
static const struct job_kind jobs[] = {
	/* name, threads, interval, lease, retries, run */
	{ "stripe_events.event", 2, 0, 2 * MINUTE_MS, job_retry_upstream_s,
	    stripe_events_event_job },
	{ "stripe_events.backfill", 1, 5000, 10 * MINUTE_MS, job_retry_upstream_s,
	    stripe_events_backfill_job },
	{ 0 },
};
/* clang-format on */

static const struct db_stmt *const *const job_stmts[] = {
	stripe_events_event_job_stmts,
	stripe_events_backfill_job_stmts,
	NULL,
};

static const struct db_stmt *const *const stmts[] = { stripe_events_event_stmts, NULL };

const struct module stripe_events_module = {
	.name = "stripe_events",
	.routes = routes,
	.stmts = stmts,
	.jobs = jobs,
	.job_stmts = job_stmts,
};
