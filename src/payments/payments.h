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
	" failure_code, failure_message, created_s, tenant_id, installation, stripe_account," \
	" lease_no"

/*
 * payment_intent_event.c: applies the state of a PaymentIntent that was read from the tenant's
 * Stripe account.  Returns the outcome of payments.payment_intent_event; NULL = the statement
 * failed.
 */
const char *payments_payment_intent_apply(struct job *job, const char *tenant,
    const struct json *intent) MUST_CHECK;

/*
 * payment_intent_job.c: applies what Stripe answered about the PaymentIntent of a claimed payment,
 * or notes for operators why there is no answer.  False = the statement failed.
 */
bool payments_payment_intent_record(struct job *job, const struct db_rows *payment,
    const struct stripe_reply *reply) MUST_CHECK;

/* The id of the PaymentIntent in an object of Stripe, which has it as an id or whole. */
const char *payments_payment_intent_of(const struct json *object);

/*
 * Is the object of an event, a refund, charge or dispute, of a PaymentIntent of ours?  One that we
 * do not know is read from Stripe, at most once, and applied when its metadata says that it is
 * ours.  False = the event is ended.
 */
bool payments_payment_intent_is_ours(struct job *job, const struct event *event,
    const struct json *object, const char *dispute) MUST_CHECK;

/* prop_account.c: a prop account as clients see it; the view needs these columns. */
#define PROP_ACCOUNT_COLUMNS \
	"id, tier_id, asset_class, account_size, status, subaccount_id," \
	" subaccount_uuid, synthetic_hotkey, stripe_payment_intent_id"
extern const struct view_field payments_prop_account_view[];

#endif
