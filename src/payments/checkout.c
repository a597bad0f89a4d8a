/* Checkouts: a challenge is bought by a PaymentIntent. */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/log.h"
#include "core/base/money.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/web/call.h"
#include "core/web/req.h"
#include "payments/payments.h"

static const struct db_stmt begin_stmt = { "payments.checkout_begin",
	"select " CHECKOUT_COLUMNS " from payments.checkout_begin"
	"($1, $2, $3, $4::bigint, $5::bigint, $6, $7, $8::int, $9::text[])",
	9, 0 };
const struct db_stmt *const payments_checkout_stmts[] = { &begin_stmt, NULL };

static const struct view_field view[] = {
	{ "payment_id", NULL, VIEW_TEXT },
	{ "stripe_payment_intent_id", NULL, VIEW_TEXT },
	{ "client_secret", NULL, VIEW_TEXT },
	{ "amount_cents", NULL, VIEW_NUMBER },
	{ "currency", NULL, VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ 0 },
};

struct checkout {
	const char *tier_id;
	const char *market;
	const char *asset_class;
	int64_t account_size; /* whole USD */
	int64_t amount_cents;
	const char *currency; /* NULL = usd */
};

static const struct field fields[] = {
	{ "tier_id", FIELD_TEXT, true, 1, LIMIT_TIER_CHARS, offsetof(struct checkout, tier_id) },
	{ "market", FIELD_TEXT, true, 1, LIMIT_WORD_CHARS, offsetof(struct checkout, market) },
	{ "asset_class", FIELD_TEXT, true, 1, LIMIT_WORD_CHARS,
	    offsetof(struct checkout, asset_class) },
	{ "account_size", FIELD_INT, true, 1, LIMIT_ACCOUNT_SIZE,
	    offsetof(struct checkout, account_size) },
	{ "amount_cents", FIELD_INT, true, 0, MONEY_MAX, offsetof(struct checkout, amount_cents) },
	{ "currency", FIELD_TEXT, false, 3, 3, offsetof(struct checkout, currency) },
	{ 0 },
};

const struct route_input payments_checkout_create_input = { fields, sizeof(struct checkout), NULL };

static const struct db_rows *
checkout_begin(struct req *req, const struct checkout *in)
{
	return call_begin(req, &begin_stmt,
	    DB_PARAMS(db_text(in->tier_id), db_text(in->market), db_text(in->asset_class),
		db_int(req->arena, in->account_size), db_int(req->arena, in->amount_cents),
		db_text(in->currency != NULL ? in->currency : "usd"), db_text(req->holder),
		db_int(req->arena, call_lease_ms(req)),
		db_text(credentials_keys(req->conf->credentials, req->arena))));
}

/* The answer is made from the row, so that a repeat with the same key gets the same one. */
static int
checkout_reply(struct req *req, const struct db_rows *payment)
{
	const char *refusal;

	if (payment == NULL)
		return req->status;
	refusal = db_value(payment, 0, "failure_code");
	if (refusal != NULL && db_value(payment, 0, "client_secret") == NULL)
		return problem(req, PROBLEM_STRIPE_REFUSED, "Stripe refused the payment (%s)",
		    refusal);
	return reply_row(req, 200, view, payment);
}

/* Must Stripe be asked?  Not when a repeat finds the payment settled or refused. */
static bool
checkout_is_open(const struct db_rows *payment)
{
	return db_value(payment, 0, "client_secret") == NULL &&
	    db_value(payment, 0, "failure_code") == NULL;
}

/*
 * POST /v2/payments/checkout -- make a PaymentIntent for a challenge.
 *
 * Two short transactions with the Stripe call between them, never around it.
 * checkout_begin() commits the payment, or finds the one that this Idempotency-Key
 * made before; its id is Stripe's idempotency key.  After a crash a client's
 * repeat or purser-jobs asks Stripe again under that key, so there is one
 * PaymentIntent.
 */
int
payments_checkout_create(struct req *req)
{
	const struct db_rows *payment = checkout_begin(req, req->input);
	struct stripe_reply reply;
	struct stripe stripe;
	struct db_step step;

	if (payment == NULL)
		return req->status;
	if (!checkout_is_open(payment))
		return checkout_reply(req, payment);
	req->wakes_jobs = true;
	stripe_init(&stripe, req->conf, db_value(payment, 0, "stripe_account"), req->arena,
	    req->id);
	step = payments_checkout_ask(&stripe, payment, CALL_RESUME_MS, &reply);
	payment = call_settle(req, step.stmt, step.params);
	/* Not known, or refused here while another caller has leased the payment and asks. */
	if (payment != NULL && checkout_is_open(payment))
		return problem(req, PROBLEM_STRIPE_ERROR, NULL);
	return checkout_reply(req, payment);
}
