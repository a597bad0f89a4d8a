/*
 * Module connect: people become payees through Stripe Connect.
 *
 * What its files show each other; programs take connect_module.
 */
#ifndef PURSER_CONNECT_CONNECT_H
#define PURSER_CONNECT_CONNECT_H

#include "core/base/bug.h"
#include "core/db/db.h"
#include "core/stripe/stripe.h"

#define MODULE connect
#define MODULE_ROUTES "connect/routes.def"
#include "core/web/route_handlers.inc"

extern const struct module connect_module;

/* Statements of account.c and onboarding_link.c. */
extern const struct db_stmt *const connect_account_stmts[];
extern const struct db_stmt *const connect_onboarding_link_stmts[];

/* account.c: what both handlers need of an account that was begun or found. */
#define ACCOUNT_COLUMNS \
	"account_id, user_id, stripe_account_id, status, country, recipient, email," \
	" created_s, payouts_enabled, charges_enabled, details_submitted, return_url, refresh_url"

/*
 * onboarding_link.c: asks Stripe for a link to the form of this account (a row of
 * ACCOUNT_COLUMNS); NULL = a problem was recorded.  A link works once and for minutes: nothing of
 * ours keeps it.
 */
const char *connect_onboarding_link_make(struct req *req, struct stripe *stripe,
    const struct db_rows *account) MUST_CHECK;

#endif
