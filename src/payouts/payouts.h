/*
 * Module payouts: traders are paid what they have earned.
 *
 * Declares what the files of the module share; programs use only payouts_module.
 */
#ifndef PURSER_PAYOUTS_PAYOUTS_H
#define PURSER_PAYOUTS_PAYOUTS_H

#include "core/db/db.h"
#include "core/stripe/stripe.h"
#include "stripe_events/event.h"

#define MODULE payouts
#define MODULE_ROUTES "payouts/routes.def"
#include "core/web/route_handlers.inc"

extern const struct module payouts_module;

/* Statements of estimate.c and payout.c. */
extern const struct db_stmt *const payouts_estimate_stmts[];
extern const struct db_stmt *const payouts_payout_stmts[];
extern const struct db_stmt *const payouts_payout_stripe_stmts[]; /* of requests and jobs */
extern const struct db_stmt *const payouts_payout_job_stmts[];
extern const struct db_stmt *const payouts_transfer_event_stmts[];

/* payout_stripe.c: a payout as clients see it. */
#define PAYOUT_COLUMNS \
	"id, amount_cents, currency, status, stripe_transfer_id, failure_reason," \
	" requested_at, completed_at"

/*
 * Makes the transfer of a submitted or claimed payout at Stripe.  Returns the step that records the
 * outcome: settle, refuse, or unknown (the job tries again after retry_ms).  Its row has
 * PAYOUT_COLUMNS.
 */
struct db_step payouts_payout_ask(struct stripe *stripe, const struct db_rows *payout,
    int64_t retry_ms, struct stripe_reply *reply);

/* The job, and the function that applies Stripe's events. */
bool payouts_payout_job(struct job *job);
event_apply payouts_transfer_event;

/* estimate.c: the validator's valuation as parameters of the statements. */
struct estimate_valuation {
	struct db_param bucket;      /* null = none that is known */
	struct db_param total_cents; /* null = no usable answer */
	struct db_param weeks;
	struct db_param asked_ms; /* time before the call, by the database's clock */
};

/* Finds the account, by id or NULL = the newest; the first statement of a request. */
extern const struct db_stmt payouts_estimate_target_stmt;

/* Asks the validator about the target's row, within validator_request_timeout_ms. */
void payouts_estimate_ask(struct req *req, const struct db_rows *target,
    struct estimate_valuation *valuation);

#endif
