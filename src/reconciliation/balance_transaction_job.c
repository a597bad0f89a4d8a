/*
 * Reads Stripe's balance transactions, from the account's first day on: every movement of our
 * balance at Stripe, with its fee.  The database books them.
 */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/json/json.h"
#include "reconciliation/reconciliation.h"
#include "stripe_events/list_reading.h"

static const struct db_stmt claim_stmt = { "reconciliation.balance_transaction_claim",
	"select stripe_account, from_s, after, pages"
	" from reconciliation.balance_transaction_claim($1, $2::int, $3::int, $4::int,"
	" $5::text[])",
	5, 0 };
static const struct db_stmt receive_stmt = { "reconciliation.balance_transaction_receive",
	"select reconciliation.balance_transaction_receive($1, $2::jsonb)", 2, 0 };
const struct db_stmt *const reconciliation_balance_transaction_job_stmts[] = { &claim_stmt,
	&receive_stmt, NULL };

static bool
add(struct list_objects *objects, const struct stripe_element *element, const struct json *json,
    const char **why)
{
	*why = "not a balance transaction with an id";
	if (element->id == NULL || !json_is_text(json_get(json, "id"), element->id) ||
	    !json_is_text(json_get(json, "object"), "balance_transaction"))
		return false;
	list_objects_add(objects, (const struct db_param[]) { db_text(element->text) }, 1);
	return true;
}

/* The objects as one array. */
static struct db_step
store(const struct list_objects *objects)
{
	struct arena *arena = objects->job->arena;
	struct buf page;

	buf_init(&page, arena, LIMIT_STRIPE_ELEMENTS_BYTES + LIMIT_STRIPE_ELEMENTS);
	for (size_t i = 0; i < objects->count; i++) {
		buf_char(&page, i == 0 ? '[' : ',');
		buf_str(&page, objects->rows[i][0].value);
	}
	buf_str(&page, objects->count == 0 ? "[]" : "]");
	CHECK(!page.overflow);
	return db_step_keep(arena, &receive_stmt,
	    DB_PARAMS(db_text(objects->stripe_account), db_text(page.data)));
}

bool
reconciliation_balance_transaction_job(struct job *job)
{
	const struct list_reading transactions = {
		.list = "balance_transactions",
		.claim = &claim_stmt,
		.interval_s = job->conf->reconciliation_interval_s,
		.read = stripe_balance_transaction_page,
		.add = add,
		.store = store,
	};

	return list_reading_turn(job, &transactions);
}
