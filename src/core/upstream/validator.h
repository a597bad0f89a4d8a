/* The validator: where a prop account stands, and what it has earned. */
#ifndef PURSER_UPSTREAM_VALIDATOR_H
#define PURSER_UPSTREAM_VALIDATOR_H

#include <stdint.h>

struct arena;
struct conf;

enum validator_result { VALIDATOR_OK, VALIDATOR_NOT_FOUND, VALIDATOR_UNAVAILABLE };

enum validator_bucket {
	/* none given or a word that we do not know: change nothing */
	VALIDATOR_BUCKET_UNKNOWN,
	VALIDATOR_BUCKET_EVALUATION,
	VALIDATOR_BUCKET_FUNDED,
	VALIDATOR_BUCKET_ELIMINATED,
};

/* GET {validator}/entity/subaccount/{synthetic_hotkey}, within timeout_ms. */
enum validator_result validator_bucket(struct arena *arena, const struct conf *conf,
    const char *synthetic_hotkey, int64_t timeout_ms, enum validator_bucket *bucket);

/* What an account has earned since its beginning. */
struct validator_payout {
	int64_t total_cents; /* floored once; may be negative: less than nothing */
	/*
	 * JSON array of the weeks as {"start_time_ms","end_time_ms","balance","unrealized",
	 * "weekly_penalty","scale","gross","payout"}: numbers as they came, null where absent.
	 */
	const char *weeks;
};

/*
 * Asks for the payout, POST {validator}/entity/subaccount/payout, and for the
 * bucket at the same time, within timeout_ms.  The result is that of the
 * payout; VALIDATOR_NOT_FOUND means that nothing is owed: total 0, no weeks.
 * An answer with anything but plain numbers in it is VALIDATOR_UNAVAILABLE.
 */
enum validator_result validator_payout(struct arena *arena, const struct conf *conf,
    const char *subaccount_uuid, const char *synthetic_hotkey, int64_t timeout_ms,
    struct validator_payout *payout, enum validator_bucket *bucket);

/* "evaluation", "funded", "eliminated", NULL for unknown. */
const char *validator_bucket_name(enum validator_bucket bucket);

#endif
