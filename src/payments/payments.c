/* Module payments: its tables of routes, statements, jobs and events. */
#include "config.h"

#include "core/jobs/job.h"
#include "core/module/module.h"
#include "payments/payments.h"

#include "core/web/routes.inc"

/* clang-format off */
static const struct job_kind jobs[] = {
	/*
	 * name                      threads  interval  lease           retries
	 * run
	 */
	{ "payments.checkout", 2, 0, MINUTE_MS, job_retry_upstream_s,
	    payments_checkout_job },
	{ "payments.provision", 4, 0, 2 * MINUTE_MS, job_retry_upstream_s,
	    payments_provision_job },
	{ "payments.payment_intent", 1, 1000, MINUTE_MS, job_retry_upstream_s,
	    payments_payment_intent_job },
	{ 0 },
};

static const struct event_type events[] = {
	/* type                connect asks   apply */
	{ "payment_intent.*",  false,  false, payments_payment_intent_event },
	{ "charge.refunded",   false,  true,  payments_refund_event },
	{ "refund.*",          false,  true,  payments_refund_event },
	{ "charge.dispute.*",  false,  true,  payments_dispute_event },
	{ 0 },
};
/* clang-format on */

static const struct db_stmt *const *const job_stmts[] = {
	payments_checkout_job_stmts,
	payments_checkout_stripe_stmts,
	payments_dispute_event_stmts,
	payments_payment_intent_event_stmts,
	payments_payment_intent_job_stmts,
	payments_provision_job_stmts,
	payments_refund_event_stmts,
	NULL,
};

static const struct db_stmt *const *const stmts[] = {
	payments_checkout_stmts,
	payments_checkout_stripe_stmts,
	payments_free_stmts,
	payments_lifecycle_stmts,
	payments_payment_stmts,
	payments_prop_account_stmts,
	NULL,
};

const struct module payments_module = {
	.name = "payments",
	.routes = routes,
	.stmts = stmts,
	.jobs = jobs,
	.events = events,
	.job_stmts = job_stmts,
};
