/*
 * Module connect: users become payees through Stripe Connect.
 *
 * Declares what the files of the module share; programs use only connect_module.
 */
#ifndef PURSER_CONNECT_CONNECT_H
#define PURSER_CONNECT_CONNECT_H

#include "core/base/bug.h"
#include "core/db/db.h"
#include "core/stripe/stripe.h"
#include "stripe_events/event.h"

#define MODULE connect
#define MODULE_ROUTES "connect/routes.def"
#include "core/web/route_handlers.inc"

extern const struct module connect_module;

/* Statements of account.c and onboarding_link.c. */
extern const struct db_stmt *const connect_account_stmts[];
extern const struct db_stmt *const connect_onboarding_link_stmts[];
extern const struct db_stmt *const connect_account_stripe_stmts[]; /* of requests and jobs */
extern const struct db_stmt *const connect_account_event_stmts[];
extern const struct db_stmt *const connect_account_job_stmts[];

/*
 * account_stripe.c: makes the account of a row of ACCOUNT_COLUMNS at Stripe.  Returns the step that
 * records the outcome: settle, refuse, or unknown (the job tries again after retry_ms).
 */
struct db_step connect_account_ask(struct stripe *stripe, const struct db_rows *account,
    int64_t retry_ms, struct stripe_reply *reply);

/* The job, and the functions that apply Stripe's events. */
bool connect_account_job(struct job *job);
event_apply connect_account_event;
event_apply connect_account_event_deauthorized;

/* account.c: the columns of an account that was begun or found; both handlers need them. */
#define ACCOUNT_COLUMNS \
	"account_id, tenant_id, installation, user_id, stripe_account_id, status, country," \
	" recipient, email, created_s, payouts_enabled, charges_enabled, details_submitted," \
	" return_url, refresh_url"

/*
 * onboarding_link.c: makes a link to Stripe's onboarding form of the account (a row of
 * ACCOUNT_COLUMNS); NULL = a problem was recorded.  A link works once and expires within
 * minutes, so it is never stored.
 */
const char *connect_onboarding_link_make(struct req *req, struct stripe *stripe,
    const struct db_rows *account) MUST_CHECK;

#endif
