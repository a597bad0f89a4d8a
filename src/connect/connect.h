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
#include "core/web/route.h"
#include "stripe_events/event.h"

#define MODULE connect
#define MODULE_DEF "connect/module.def"
#include "core/module/declare.inc"

/*
 * The columns of an account that was begun or found: both handlers need them, and
 * connect_account_ask(), which makes the account at Stripe.
 */
#define ACCOUNT_COLUMNS \
	"account_id, tenant_id, installation, user_id, stripe_account_id, status, country," \
	" recipient, email, created_s, payouts_enabled, charges_enabled, details_submitted," \
	" return_url, refresh_url, stripe_account, lease_no"

/*
 * Records what stripe_account_answers() prints, $1; $2 is the Unix time in ms before the calls.
 */
extern const struct db_stmt connect_refresh_stmt;

/*
 * onboarding_link.c: makes a link to Stripe's onboarding form of the account (a row of
 * ACCOUNT_COLUMNS); NULL = a problem was recorded.  A link works once and expires within
 * minutes, so it is never stored.
 */
const char *connect_onboarding_link_make(struct req *req, struct stripe *stripe,
    const struct db_rows *account) MUST_CHECK;

#endif
