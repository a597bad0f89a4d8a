/* A fresh onboarding link, for the two handlers that answer with one. */
#ifndef PURSER_CONNECT_CONNECT_H
#define PURSER_CONNECT_CONNECT_H

#include "core/base/bug.h"
#include "core/db/db.h"
#include "core/stripe/stripe.h"

struct req;

/*
 * Asks Stripe for a link to the form of this account (a row of
 * connect.account_begin or account_link); NULL = a problem was recorded.  It
 * works once and for minutes: nothing of ours keeps it.
 */
const char *link_make(struct req *req, struct stripe *stripe,
    const struct db_rows *account) MUST_CHECK;

#endif
