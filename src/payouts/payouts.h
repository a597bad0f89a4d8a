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
	"id, amount_cents, currency, status, stripe_transfer_id, failure_reason, destination," \
	" hold_reason, requested_at, completed_at"

/* A payout that is submitted or claimed, with what is next for it (payouts.transfer_v). */
#define TRANSFER_COLUMNS \
	PAYOUT_COLUMNS \
	", user_id, tenant_id, installation, stripe_account, stripe_destination, attempt," \
	" lease_no, attempts, sent_s, next_step, gone, hold_code, last_error, subaccount_uuid," \
	" synthetic_hotkey, asked_ms, other_transfers"

/* Whether this is the next step of a payout with TRANSFER_COLUMNS. */
bool payouts_transfer_next(const struct db_rows *payout, const char *step);

/* facts.c: what the validator and Stripe said, as parameters of the statements. */
struct payout_facts {
	struct db_param bucket; /* null = none that is known */
	struct db_param total;  /* null = no usable answer */
	struct db_param weeks;
	struct db_param problem;  /* why an answer that came is not usable */
	struct db_param payees;   /* stripe_account_answers(); null = Stripe was not asked */
	struct db_param asked_ms; /* time before the calls, by the database's clock */
};

/* Finds the account, by id or NULL = the newest; the first statement of a request. */
extern const struct db_stmt payouts_estimate_target_stmt;

/*
 * Asks the validator about the account of a row: subaccount_uuid, synthetic_hotkey, stripe_account,
 * asked_ms.  And Stripe about its payee, stripe_destination, at the same time; each once, and
 * within timeout_ms.  request_id as in struct stripe.
 */
void payouts_facts_ask(struct arena *arena, const struct conf *conf, const char *request_id,
    const struct db_rows *row, bool with_payee, int64_t timeout_ms, struct payout_facts *facts);

/*
 * Asks for the facts of a payout whose next step is `read`.  The step that is returned stores them,
 * decides again, and leases the payout to the holder.
 */
struct db_step payouts_transfer_read(struct arena *arena, const struct conf *conf,
    const char *request_id, const struct db_rows *payout, int64_t timeout_ms,
    struct db_param holder, struct db_param lease_ms);

#endif
