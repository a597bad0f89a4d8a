/* Makes a payee's account at Stripe, for the request and for the job that resumes it. */
#include "config.h"

#include "connect/connect.h"
#include "core/base/clock.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

static const struct db_stmt settle_stmt = { "connect.account_settle",
	"select " ACCOUNT_COLUMNS " from connect.account_settle($1, $2::jsonb, $3::bigint)", 3,
	DB_OUTCOME };
static const struct db_stmt refuse_stmt = { "connect.account_refuse",
	"select connect.account_refuse($1, $2::int, $3, $4) as status", 4, 0 };
static const struct db_stmt unknown_stmt = { "connect.account_unknown",
	"select connect.account_unknown($1, $2::int, $3, $4::int) as status", 4, 0 };
const struct db_stmt *const connect_account_stripe_stmts[] = { &settle_stmt, &refuse_stmt,
	&unknown_stmt, NULL };

struct db_step
connect_account_ask(struct stripe *stripe, const struct db_rows *account, int64_t retry_ms,
    struct stripe_reply *reply)
{
	const struct stripe_account asked = {
		.owner = {
			.installation = db_value(account, 0, "installation"),
			.api = "prop",
			.tenant = db_value(account, 0, "tenant_id"),
			.object = db_value(account, 0, "account_id"),
			.attempt = 1,
			.user = db_value(account, 0, "user_id"),
			.old_name = "connect_account_id",
		},
		.country = db_value(account, 0, "country"),
		.email = db_value(account, 0, "email"),
		.recipient = db_value_bool(account, 0, "recipient"),
		.created_s = db_value_int(account, 0, "created_s"),
	};
	struct db_param id = db_text(asked.owner.object);
	struct db_param lease_no = db_text(db_value(account, 0, "lease_no"));
	int64_t asked_ms = clock_database_ms();
	struct stripe_refusal refusal;

	stripe_account_ensure(stripe, &asked, reply);
	if (stripe_refused(reply, &refusal))
		return db_step_keep(stripe->arena, &refuse_stmt,
		    DB_PARAMS(id, lease_no, db_text(refusal.code), db_text(refusal.message)));
	if (reply->result == STRIPE_UNKNOWN)
		return db_step_keep(stripe->arena, &unknown_stmt,
		    DB_PARAMS(id, lease_no, db_text(reply->message),
			db_int(stripe->arena, retry_ms)));
	return db_step_keep(stripe->arena, &settle_stmt,
	    DB_PARAMS(id, db_text(json_print(stripe->arena, reply->object)),
		db_int(stripe->arena, asked_ms)));
}
