/* Module connect: its tables of routes, statements, jobs and events. */
#include "config.h"

#include "connect/connect.h"
#include "core/jobs/job.h"
#include "core/module/module.h"

#include "core/web/routes.inc"

/* clang-format off */
static const struct job_kind jobs[] = {
	/* name, threads, interval, lease, retries, run */
	{ "connect.account", 1, 0, MINUTE_MS, job_retry_upstream_s,
	    connect_account_job },
	{ 0 },
};

static const struct event_type events[] = {
	/* type                                connect asks   apply */
	{ "account.updated",                   true,   true,  connect_account_event },
	{ "account.external_account.*",        true,   true,  connect_account_event },
	{ "capability.updated",                true,   true,  connect_account_event },
	{ "account.application.deauthorized",  true,   false, connect_account_event_deauthorized },
	{ 0 },
};
/* clang-format on */

static const struct db_stmt *const *const job_stmts[] = {
	connect_account_event_stmts,
	connect_account_job_stmts,
	connect_account_stripe_stmts,
	NULL,
};

static const struct db_stmt *const *const stmts[] = {
	connect_account_stmts,
	connect_account_stripe_stmts,
	connect_onboarding_link_stmts,
	NULL,
};

const struct module connect_module = {
	.name = "connect",
	.routes = routes,
	.stmts = stmts,
	.jobs = jobs,
	.events = events,
	.job_stmts = job_stmts,
};
