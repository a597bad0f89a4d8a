/* The facts by which payouts are decided: what the validator and Stripe say, asked together. */
#include "config.h"

#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "core/upstream/validator.h"
#include "payouts/payouts.h"

#define CALLS (VALIDATOR_READ_CALLS + 1)

/* What is asked at the same time; NULL = is not asked. */
struct question {
	const char *uuid; /* the validator, about this subaccount */
	const char *hotkey;
	const char *payee; /* Stripe, about this account */
	struct stripe stripe;
	struct stripe_get get;
	size_t count; /* of the calls, Stripe's is the last one */
	struct http_call calls[CALLS];
	struct http_answer answers[CALLS];
	enum http_result results[CALLS];
};

static void
add_validator(struct question *q, struct arena *arena, const struct conf *conf,
    const struct db_rows *row, int64_t timeout_ms)
{
	struct credentials credentials;

	q->uuid = db_value(row, 0, "subaccount_uuid");
	q->hotkey = db_value(row, 0, "synthetic_hotkey");
	if (q->hotkey == NULL || conf->validator_base == NULL)
		q->uuid = NULL;
	if (q->uuid == NULL)
		return;
	credentials_get(conf->credentials, db_value(row, 0, "stripe_account"), &credentials);
	validator_read_begin(arena, conf, credentials.validator_token, q->uuid, q->hotkey,
	    timeout_ms, q->calls);
	q->count = VALIDATOR_READ_CALLS;
}

static void
add_payee(struct question *q, struct arena *arena, const struct conf *conf, const char *request_id,
    const struct db_rows *row, int64_t timeout_ms)
{
	const char *payee = db_value(row, 0, "stripe_destination");

	stripe_init(&q->stripe, conf, db_value(row, 0, "stripe_account"), arena, request_id);
	if (payee == NULL || !stripe_id_valid(payee) || q->stripe.secret_key == NULL)
		return;
	q->payee = payee;
	q->stripe.deadline_ms = clock_monotonic_ms() + timeout_ms;
	stripe_account_get_begin(&q->stripe, payee, &q->get, &q->calls[q->count++]);
}

static const char *
payee_answers(struct arena *arena, const struct question *q)
{
	struct stripe_reply reply;

	if (q->payee == NULL)
		return NULL;
	stripe_get_end(&q->get, &q->answers[q->count - 1], q->results[q->count - 1], &reply);
	return stripe_account_answers(arena, &q->payee, &reply, 1);
}

void
payouts_facts_ask(struct arena *arena, const struct conf *conf, const char *request_id,
    const struct db_rows *row, bool with_payee, int64_t timeout_ms, struct payout_facts *facts)
{
	struct question q = { 0 };
	struct validator_reading read = { 0 };

	add_validator(&q, arena, conf, row, timeout_ms);
	if (with_payee)
		add_payee(&q, arena, conf, request_id, row, timeout_ms);
	http_perform_many(arena, q.calls, q.count, q.answers, q.results);
	if (q.uuid != NULL)
		validator_read_end(arena, q.uuid, q.hotkey, q.answers, q.results, &read);
	*facts = (struct payout_facts) {
		.bucket = db_text(validator_bucket_name(read.bucket)),
		.total = db_text(read.total),
		.weeks = db_text(read.weeks),
		.problem = db_text(read.problem),
		.asked_ms = db_text(db_value(row, 0, "asked_ms")),
		.payees = db_text(payee_answers(arena, &q)),
	};
}
