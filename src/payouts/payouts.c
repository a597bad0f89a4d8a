/* Module payouts: its tables of routes, statements, jobs and events. */
#include "config.h"

#include "core/jobs/job.h"
#include "core/module/module.h"
#include "payouts/payouts.h"

#include "core/web/routes.inc"

/* clang-format off */
static const struct job_kind jobs[] = {
	/* name, threads, interval, lease, retries, run */
	{ "payouts.payout", 2, 0, MINUTE_MS, job_retry_upstream_s,
	    payouts_payout_job },
	{ 0 },
};

static const struct event_type events[] = {
	/* type          connect asks  apply */
	{ "transfer.*",  false,  true, payouts_transfer_event },
	{ 0 },
};
/* clang-format on */

static const struct db_stmt *const *const job_stmts[] = {
	payouts_payout_job_stmts,
	payouts_payout_stripe_stmts,
	payouts_transfer_event_stmts,
	NULL,
};

static const struct db_stmt *const *const stmts[] = {
	payouts_estimate_stmts,
	payouts_payout_stmts,
	payouts_payout_stripe_stmts,
	NULL,
};

const struct module payouts_module = {
	.name = "payouts",
	.routes = routes,
	.stmts = stmts,
	.jobs = jobs,
	.events = events,
	.job_stmts = job_stmts,
};
