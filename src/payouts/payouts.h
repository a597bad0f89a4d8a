/*
 * Module payouts: traders are paid what they have earned.
 *
 * Declares what the files of the module share; programs use only payouts_module.
 */
#ifndef PURSER_PAYOUTS_PAYOUTS_H
#define PURSER_PAYOUTS_PAYOUTS_H

#include "core/db/db.h"
#include "core/stripe/stripe.h"
#include "core/web/route.h"
#include "stripe_events/event.h"

#define MODULE payouts
#define MODULE_DEF "payouts/module.def"
#include "core/module/declare.inc"

/*
 * A payout as clients see it, also after payouts_payout_ask(), which makes the transfer of a
 * submitted or claimed payout at Stripe.
 */
#define PAYOUT_COLUMNS \
	"id, amount_cents, currency, status, stripe_transfer_id, failure_reason," \
	" requested_at, completed_at"

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
