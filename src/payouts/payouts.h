/*
 * Payouts of what traders have earned: handlers, one file per noun, and the fields of
 * their bodies.
 */
#ifndef PURSER_PAYOUTS_PAYOUTS_H
#define PURSER_PAYOUTS_PAYOUTS_H

#include <stdint.h>

#include "core/db/db.h"
#include "core/web/route.h"

/* estimate.c: what the validator said, as the statements take it. */
struct estimate_reading {
	struct db_param bucket;      /* null = no word that we know */
	struct db_param total_cents; /* null = no usable answer */
	struct db_param weeks;
	struct db_param asked_ms; /* by the database's clock, before the call */
};

/*
 * Asks the validator about a row of payouts.estimate_target, within
 * validator_request_timeout_ms.
 */
void estimate_ask(struct req *req, const struct db_rows *target, struct estimate_reading *reading);
int estimate_get(struct req *req);

/* payout.c */
struct payout_request_input {
	const char *prop_account_id; /* NULL = X-Prop-Account, else the newest */
	int64_t amount_cents;        /* 0 = whatever is owed */
};
extern const struct field payout_request_fields[];
int payout_list(struct req *req);
int payout_request(struct req *req);
int payout_retry(struct req *req);
int payout_cancel(struct req *req);

/* payout_submit.c */
int payout_submit(struct req *req);

#endif
