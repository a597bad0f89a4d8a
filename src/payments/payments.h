/*
 * Module payments: challenges are bought and become prop accounts.
 *
 * Declares what the files of the module share; programs use only payments_module.
 */
#ifndef PURSER_PAYMENTS_PAYMENTS_H
#define PURSER_PAYMENTS_PAYMENTS_H

#include "core/base/bug.h"
#include "core/db/db.h"
#include "core/stripe/stripe.h"
#include "core/web/reply.h"
#include "core/web/route.h"
#include "stripe_events/event.h"

#define MODULE payments
#define MODULE_DEF "payments/module.def"
#include "core/module/declare.inc"

#define LIMIT_TIER_CHARS 64
#define LIMIT_WORD_CHARS 32           /* market, asset class */
#define LIMIT_ACCOUNT_SIZE 1000000000 /* whole USD */

/*
 * The columns of a payment for payments_checkout_ask(), which makes its PaymentIntent at Stripe,
 * and for the answer.
 */
#define CHECKOUT_COLUMNS \
	"payment_id, status, stripe_payment_intent_id, client_secret," \
	" amount_cents, currency, user_id, tier_id, market, asset_class, account_size," \
	" failure_code, failure_message, created_s, tenant_id, installation, lease_no"

/*
 * payment_intent_event.c: applies the state of a PaymentIntent that was read from Stripe at
 * asked_s.  False = the statement failed.
 */
bool payments_payment_intent_apply(struct job *job, const struct json *intent,
    int64_t asked_s) MUST_CHECK;

/* prop_account.c: a prop account as clients see it; the view needs these columns. */
#define PROP_ACCOUNT_COLUMNS \
	"id, tier_id, asset_class, account_size, status, subaccount_id," \
	" subaccount_uuid, synthetic_hotkey, stripe_payment_intent_id"
extern const struct view_field payments_prop_account_view[];

#endif
