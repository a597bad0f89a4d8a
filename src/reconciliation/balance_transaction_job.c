/*
 * Reads Stripe's balance transactions, from the account's first day on: every movement of our
 * balance at Stripe, with its fee.  The database books them.
 */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/json/json.h"
#include "reconciliation/reconciliation.h"
#include "stripe_events/list_reading.h"

static const struct db_stmt claim_stmt = { "reconciliation.balance_transaction_claim",
	"select from_s, after, pages"
	" from reconciliation.balance_transaction_claim($1, $2::int, $3::int)",
	3, 0 };
static const struct db_stmt receive_stmt = { "reconciliation.balance_transaction_receive",
	"select reconciliation.balance_transaction_receive($1::jsonb)", 1, 0 };
const struct db_stmt *const reconciliation_balance_transaction_job_stmts[] = { &claim_stmt,
	&receive_stmt, NULL };

static struct db_step
store(struct job *job, const struct json *data)
{
	struct db_param *params = arena_alloc(job->arena, sizeof(*params));

	*params = db_text(json_print(job->arena, data));
	return (struct db_step) { .stmt = &receive_stmt, .params = params };
}

bool
reconciliation_balance_transaction_job(struct job *job)
{
	const struct list_reading transactions = {
		.list = "balance_transactions",
		.claim = &claim_stmt,
		.interval_s = job->conf->reconciliation_interval_s,
		.read = stripe_balance_transaction_page,
		.store = store,
	};

	return list_reading_turn(job, &transactions);
}
