/*
 * Module payouts: traders are paid what they have earned.
 *
 * What its files show each other; programs take payouts_module.
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
extern const struct db_stmt *const payouts_payout_stripe_stmts[]; /* of both sides */
extern const struct db_stmt *const payouts_payout_job_stmts[];
extern const struct db_stmt *const payouts_transfer_event_stmts[];

/* payout_stripe.c: a payout as clients see it. */
#define PAYOUT_COLUMNS \
	"id, amount_cents, currency, status, stripe_transfer_id, failure_reason," \
	" requested_at, completed_at"

/*
 * Asks Stripe for the transfer of a payout that was submitted or claimed; the step records what it
 * answered: settle, refuse, or unknown, to be asked again after retry_ms.  Its row has
 * PAYOUT_COLUMNS.
 */
struct db_step payouts_payout_ask(struct stripe *stripe, const struct db_rows *payout,
    int64_t retry_ms, struct stripe_reply *reply);

/* The job, by the name of its kind; Stripe's events, by their noun. */
bool payouts_payout_job(struct job *job);
event_apply payouts_transfer_event;

/* estimate.c: what the validator said, as the statements take it. */
struct estimate_valuation {
	struct db_param bucket;      /* null = no word that we know */
	struct db_param total_cents; /* null = no usable answer */
	struct db_param weeks;
	struct db_param asked_ms; /* by the database's clock, before the call */
};

/* The account whose earnings are asked for, by id or NULL; a request's first statement. */
extern const struct db_stmt payouts_estimate_target_stmt;

/* Asks the validator about the target's row, within validator_request_timeout_ms. */
void payouts_estimate_ask(struct req *req, const struct db_rows *target,
    struct estimate_valuation *valuation);

#endif
