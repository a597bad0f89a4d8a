/*
 * Makes the transfer of a payout, for the request and for the job that resumes it, after the facts
 * were read if they had to be.
 */
#include "config.h"

#include <string.h>

#include "core/base/conf.h"
#include "core/json/json.h"
#include "core/stripe/row.h"
#include "payouts/payouts.h"

static const struct db_stmt settle_stmt = { "payouts.payout_settle",
	"select " PAYOUT_COLUMNS " from payouts.payout_settle($1, $2::jsonb)", 2, DB_OUTCOME };
static const struct db_stmt refuse_stmt = { "payouts.payout_refuse",
	"select " PAYOUT_COLUMNS
	" from payouts.payout_refuse($1, $2::int, $4, $5, $6::boolean, $3::int)",
	6, DB_OUTCOME };
static const struct db_stmt defer_stmt = { "payouts.payout_defer",
	"select " PAYOUT_COLUMNS " from payouts.payout_defer"
	"($1, $2::int, $4, $5, $6::boolean, $7::int, $3::int)",
	7, DB_OUTCOME };
static const struct db_stmt unknown_stmt = { "payouts.payout_unknown",
	"select " PAYOUT_COLUMNS " from payouts.payout_unknown($1, $2::int, $4, $5::int, $3::int)",
	5, 0 };
static const struct db_stmt read_stmt = { "payouts.payout_read",
	"select " TRANSFER_COLUMNS
	" from payouts.payout_read($1, $2, $3, $4, $5, $6::bigint, $7, $8::int, $9::jsonb)",
	9, DB_OUTCOME };
const struct db_stmt *const payouts_payout_stripe_stmts[] = { &settle_stmt, &refuse_stmt,
	&defer_stmt, &unknown_stmt, &read_stmt, NULL };

bool
payouts_transfer_next(const struct db_rows *payout, const char *step)
{
	return strcmp(db_value(payout, 0, "next_step"), step) == 0;
}

struct db_step
payouts_transfer_read(struct arena *arena, const struct conf *conf, const char *request_id,
    const struct db_rows *payout, int64_t timeout_ms, struct db_param holder,
    struct db_param lease_ms)
{
	struct payout_facts facts;

	payouts_facts_ask(arena, conf, request_id, payout, true, timeout_ms, &facts);
	return db_step_keep(arena, &read_stmt,
	    DB_PARAMS(db_text(db_value(payout, 0, "id")), facts.bucket, facts.total, facts.weeks,
		facts.problem, facts.asked_ms, holder, lease_ms, facts.payees));
}

static const struct stripe_unmade unmade = {
	.refuse = &refuse_stmt,
	.defer = &defer_stmt,
	.unknown = &unknown_stmt,
};

/* What Stripe would answer, as we know already. */
static const struct stripe_reply payee_is_gone = {
	.result = STRIPE_GONE,
	.code = "account_invalid",
	.message = "the payee's account is gone",
};

struct db_step
payouts_payout_ask(struct stripe *stripe, const struct db_rows *payout, int64_t retry_ms,
    struct stripe_reply *reply)
{
	struct stripe_transfer transfer = {
		.owner = stripe_owner_of(payout, db_value(payout, 0, "id"),
		    db_value_int(payout, 0, "attempt")),
		.amount_cents = db_value(payout, 0, "amount_cents"),
		.currency = db_value(payout, 0, "currency"),
		.destination = db_value(payout, 0, "stripe_destination"),
		.sent_s = db_value_int(payout, 0, "sent_s"),
		.look_up_only = payouts_transfer_next(payout, "look_up"),
		.others = db_value(payout, 0, "other_transfers"),
	};
	const struct db_param names[] = { db_text(transfer.owner.object),
		db_text(db_value(payout, 0, "attempt")), db_text(db_value(payout, 0, "lease_no")) };

	transfer.owner.old_name = "payout_id";
	if (db_value_bool(payout, 0, "gone"))
		*reply = payee_is_gone;
	else
		stripe_transfer_ensure(stripe, &transfer, reply);
	if (!stripe_made(reply))
		return stripe_unmade_step(stripe->arena, &unmade, names, 3, reply, retry_ms);
	return db_step_keep(stripe->arena, &settle_stmt,
	    DB_PARAMS(names[0], db_text(json_print(stripe->arena, reply->object))));
}
