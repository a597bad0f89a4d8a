/* The validator: the status of a prop account, and its valuation (what it has earned). */
#ifndef PURSER_UPSTREAM_VALIDATOR_H
#define PURSER_UPSTREAM_VALIDATOR_H

#include <stdint.h>

struct arena;
struct conf;

enum validator_result { VALIDATOR_OK, VALIDATOR_NOT_FOUND, VALIDATOR_UNAVAILABLE };

enum validator_bucket {
	/* none given, or an unknown name: keep the status */
	VALIDATOR_BUCKET_UNKNOWN,
	VALIDATOR_BUCKET_EVALUATION,
	VALIDATOR_BUCKET_FUNDED,
	VALIDATOR_BUCKET_ELIMINATED,
};

/* GET {validator}/entity/subaccount/{synthetic_hotkey}, within timeout_ms. */
enum validator_result validator_bucket(struct arena *arena, const struct conf *conf,
    const char *synthetic_hotkey, int64_t timeout_ms, enum validator_bucket *bucket);

/* The valuation: what an account has earned since its beginning. */
struct validator_payout {
	int64_t total_cents; /* rounded down once; may be negative */
	/*
	 * JSON array of the weeks as {"start_time_ms","end_time_ms","balance","unrealized",
	 * "weekly_penalty","scale","gross","payout"}: numbers as they came, null where absent.
	 */
	const char *weeks;
};

/*
 * Asks for the payout, POST {validator}/entity/subaccount/payout, and for the
 * bucket at the same time, within timeout_ms.  Returns the result for the payout.
 * VALIDATOR_NOT_FOUND means that nothing is owed: total 0, no weeks.  An answer in
 * which a number is malformed is VALIDATOR_UNAVAILABLE.
 */
enum validator_result validator_payout(struct arena *arena, const struct conf *conf,
    const char *subaccount_uuid, const char *synthetic_hotkey, int64_t timeout_ms,
    struct validator_payout *payout, enum validator_bucket *bucket);

/* "evaluation", "funded", "eliminated", NULL for unknown. */
const char *validator_bucket_name(enum validator_bucket bucket);

#endif
