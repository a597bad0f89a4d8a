/* The validator: the status of a prop account, and its valuation (what it has earned). */
#ifndef PURSER_UPSTREAM_VALIDATOR_H
#define PURSER_UPSTREAM_VALIDATOR_H

#include <stdint.h>

#include "core/upstream/http.h"

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

/*
 * GET {validator}/entity/subaccount/{synthetic_hotkey}, within timeout_ms.  token: of the tenant
 * (credentials_get()); NULL = none is sent.
 */
enum validator_result validator_bucket(struct arena *arena, const struct conf *conf,
    const char *token, const char *synthetic_hotkey, int64_t timeout_ms,
    enum validator_bucket *bucket);

/*
 * A reading: the status of an account, and its valuation, what it has earned since its beginning.
 * It is whole, or there is none: total and weeks are NULL then, and problem says why an answer that
 * came is none.  The bucket is a fact of its own.
 */
struct validator_reading {
	enum validator_bucket bucket;
	const char *total; /* the number as it came; may be negative */
	/*
	 * JSON array of the weeks as {"start_time_ms","end_time_ms","balance","unrealized",
	 * "weekly_penalty","scale","gross","payout"}: numbers as they came, null where absent.
	 */
	const char *weeks;
	const char *problem; /* NULL also when no answer came */
};

/*
 * The calls of a reading, for http_perform_many(): the payout, POST
 * {validator}/entity/subaccount/payout, and the bucket, each within timeout_ms.
 */
#define VALIDATOR_READ_CALLS 2
void validator_read_begin(struct arena *arena, const struct conf *conf, const char *token,
    const char *subaccount_uuid, const char *synthetic_hotkey, int64_t timeout_ms,
    struct http_call calls[VALIDATOR_READ_CALLS]);

/* What they said.  A payout that is not found is one of nothing: total 0, no weeks. */
void validator_read_end(struct arena *arena, const char *subaccount_uuid,
    const char *synthetic_hotkey, const struct http_answer answers[VALIDATOR_READ_CALLS],
    const enum http_result results[VALIDATOR_READ_CALLS], struct validator_reading *reading);

/* "evaluation", "funded", "eliminated", NULL for unknown. */
const char *validator_bucket_name(enum validator_bucket bucket);

#endif
