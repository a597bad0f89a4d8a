/* Makes a payee's account at Stripe, for the request and for the job that resumes it. */
#include "config.h"

#include "connect/connect.h"
#include "core/base/clock.h"
#include "core/json/json.h"
#include "core/stripe/row.h"

static const struct db_stmt settle_stmt = { "connect.account_settle",
	"select " ACCOUNT_COLUMNS " from connect.account_settle($1, $2::jsonb, $3::bigint)", 3,
	DB_OUTCOME };
static const struct db_stmt refuse_stmt = { "connect.account_refuse",
	"select connect.account_refuse($1, $2::int, $3, $4) as status", 4, 0 };
static const struct db_stmt unknown_stmt = { "connect.account_unknown",
	"select connect.account_unknown($1, $2::int, $3, $4::int) as status", 4, 0 };
const struct db_stmt *const connect_account_stripe_stmts[] = { &settle_stmt, &refuse_stmt,
	&unknown_stmt, NULL };

static const struct stripe_unmade unmade = {
	.refuse = &refuse_stmt,
	.unknown = &unknown_stmt,
};

struct db_step
connect_account_ask(struct stripe *stripe, const struct db_rows *account, int64_t retry_ms,
    struct stripe_reply *reply)
{
	struct stripe_account asked = {
		.owner = stripe_owner_of(account, db_value(account, 0, "account_id"), 1),
		.country = db_value(account, 0, "country"),
		.email = db_value(account, 0, "email"),
		.recipient = db_value_bool(account, 0, "recipient"),
		.created_s = db_value_int(account, 0, "created_s"),
	};
	const struct db_param names[] = { db_text(asked.owner.object),
		db_text(db_value(account, 0, "lease_no")) };
	int64_t asked_ms = clock_database_ms();

	asked.owner.old_name = "connect_account_id";
	stripe_account_ensure(stripe, &asked, reply);
	if (!stripe_made(reply))
		return stripe_unmade_step(stripe->arena, &unmade, names, 2, reply, retry_ms);
	return db_step_keep(stripe->arena, &settle_stmt,
	    DB_PARAMS(names[0], db_text(json_print(stripe->arena, reply->object)),
		db_int(stripe->arena, asked_ms)));
}
