#include "config.h"

#include "payments/stmt.h"

#define CHECKOUT_COLUMNS \
	"payment_id, status, stripe_payment_intent_id, client_secret," \
	" amount_cents, currency, user_id, tier_id, market, asset_class, account_size," \
	" failure_code, failure_message"
#define ACCOUNT_COLUMNS \
	"id, tier_id, asset_class, account_size, status, subaccount_id," \
	" subaccount_uuid, synthetic_hotkey, stripe_payment_intent_id"

/* Ids begin with their time: descending by id is newest first, and the cursor needs no look-up. */
#define NEWEST_FIRST " and ($2::text is null or id < $2) order by id desc limit $1::int"

const struct db_stmt payments_stmts[] = {
	[STMT_CHECKOUT_BEGIN] = { "payments.checkout_begin",
	    "select " CHECKOUT_COLUMNS " from payments.checkout_begin"
	    "($1, $2, $3, $4::bigint, $5::bigint, $6, $7, $8::int)",
	    8 },
	[STMT_CHECKOUT_SETTLE] = { "payments.checkout_settle",
	    "select " CHECKOUT_COLUMNS " from payments.checkout_settle($1, $2, $3, $4)", 4 },
	[STMT_CHECKOUT_REFUSE] = { "payments.checkout_refuse",
	    "select " CHECKOUT_COLUMNS " from payments.checkout_refuse($1, $2, $3)", 3 },
	[STMT_CHECKOUT_UNKNOWN] = { "payments.checkout_unknown",
	    "select " CHECKOUT_COLUMNS " from payments.checkout_unknown($1, $2, $3::int)", 3 },
	[STMT_FREE_CREATE] = { "payments.free_create",
	    "select " ACCOUNT_COLUMNS " from payments.free_create($1, $2, $3::bigint)", 3 },
	[STMT_PAYMENT_GET] = { "payments.payment_get",
	    "select id, stripe_payment_intent_id, amount_cents, currency, status, tier_id,"
	    " market, prop_account_id from payments.payment_v where id = $1",
	    1, DB_QUICK },
	[STMT_PROP_ACCOUNT_LIST] = { "payments.prop_account_list",
	    "select " ACCOUNT_COLUMNS " from payments.prop_account_v where true" NEWEST_FIRST, 2,
	    DB_QUICK },
	[STMT_PROP_ACCOUNT_FAILED] = { "payments.prop_account_failed",
	    "select " ACCOUNT_COLUMNS " from payments.prop_account_v"
	    " where status = 'subaccount_failed'" NEWEST_FIRST,
	    2, DB_QUICK },
	[STMT_PROP_ACCOUNT_GET] = { "payments.prop_account_get",
	    "select " ACCOUNT_COLUMNS " from payments.prop_account_v where id = $1", 1, DB_QUICK },
	[STMT_LIFECYCLE_APPLY] = { "payments.lifecycle_apply",
	    "select " ACCOUNT_COLUMNS " from payments.lifecycle_apply($1, $2)", 2 },
	[STMT__MAX] = { 0 },
};
