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
#include "stripe_events/event.h"

#define MODULE payments
#define MODULE_ROUTES "payments/routes.def"
#include "core/web/route_handlers.inc"

extern const struct module payments_module;

#define LIMIT_TIER_CHARS 64
#define LIMIT_WORD_CHARS 32           /* market, asset class */
#define LIMIT_ACCOUNT_SIZE 1000000000 /* whole USD */

/* Statements of checkout.c, free.c, …; those of jobs and events below. */
extern const struct db_stmt *const payments_checkout_stmts[];
extern const struct db_stmt *const payments_free_stmts[];
extern const struct db_stmt *const payments_lifecycle_stmts[];
extern const struct db_stmt *const payments_payment_stmts[];
extern const struct db_stmt *const payments_prop_account_stmts[];

extern const struct db_stmt *const payments_checkout_stripe_stmts[]; /* of requests and jobs */
extern const struct db_stmt *const payments_checkout_job_stmts[];
extern const struct db_stmt *const payments_dispute_event_stmts[];
extern const struct db_stmt *const payments_payment_intent_event_stmts[];
extern const struct db_stmt *const payments_payment_intent_job_stmts[];
extern const struct db_stmt *const payments_provision_job_stmts[];
extern const struct db_stmt *const payments_refund_event_stmts[];

/* checkout_stripe.c: the columns of a payment for the call of Stripe and for the answer. */
#define CHECKOUT_COLUMNS \
	"payment_id, status, stripe_payment_intent_id, client_secret," \
	" amount_cents, currency, user_id, tier_id, market, asset_class, account_size," \
	" failure_code, failure_message, created_s, tenant_id, installation"

/*
 * Makes the PaymentIntent of a row of CHECKOUT_COLUMNS at Stripe.  Returns the step that records
 * the outcome: settle, refuse, or unknown (the job tries again after retry_ms).
 */
struct db_step payments_checkout_ask(struct stripe *stripe, const struct db_rows *payment,
    int64_t retry_ms, struct stripe_reply *reply);

/*
 * payment_intent_event.c: applies the state of a PaymentIntent.  event_id NULL = it was read from
 * Stripe, at created_s.  False = the statement failed.
 */
bool payments_payment_intent_apply(struct job *job, const char *event_id, const struct json *intent,
    int64_t created_s) MUST_CHECK;

/* The jobs. */
bool payments_checkout_job(struct job *job);
bool payments_payment_intent_job(struct job *job);
bool payments_provision_job(struct job *job);

/* The functions that apply Stripe's events. */
event_apply payments_dispute_event;
event_apply payments_payment_intent_event;
event_apply payments_refund_event;

/* prop_account.c: a prop account as clients see it; the view needs these columns. */
#define PROP_ACCOUNT_COLUMNS \
	"id, tier_id, asset_class, account_size, status, subaccount_id," \
	" subaccount_uuid, synthetic_hotkey, stripe_payment_intent_id"
extern const struct view_field payments_prop_account_view[];

#endif
