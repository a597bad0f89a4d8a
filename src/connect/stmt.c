#include "config.h"

#include "connect/stmt.h"

#define ANSWER_COLUMNS \
	"account_id, user_id, stripe_account_id, status, country, recipient, email," \
	" created_s, payouts_enabled, charges_enabled, details_submitted, return_url, refresh_url"

const struct db_stmt connect_stmts[] = {
	[STMT_CONNECT_ACCOUNT_BEGIN] = { "connect.account_begin",
	    "select " ANSWER_COLUMNS " from connect.account_begin($1, $2, $3, $4::int)", 4 },
	[STMT_CONNECT_ACCOUNT_SETTLE] = { "connect.account_settle",
	    "select " ANSWER_COLUMNS " from connect.account_settle($1, $2::jsonb, $3::bigint)", 3 },
	[STMT_CONNECT_ACCOUNT_REFUSE] = { "connect.account_refuse",
	    "select connect.account_refuse($1, $2, $3) as status", 3 },
	[STMT_CONNECT_ACCOUNT_UNKNOWN] = { "connect.account_unknown",
	    "select connect.account_unknown($1, $2, $3::int) as status", 3 },
	[STMT_CONNECT_ACCOUNT_LINK] = { "connect.account_link",
	    "select " ANSWER_COLUMNS " from connect.account_link($1)", 1 },
	[STMT_CONNECT_ACCOUNT_HEAL] = { "connect.account_heal",
	    "select connect.account_heal($1::jsonb, $2::bigint) as healed", 2 },
	/* Ids begin with their time: descending by id is newest first. */
	[STMT_CONNECT_ACCOUNT_LIST] = { "connect.account_list",
	    "select id, stripe_account_id, status, payouts_enabled, charges_enabled,"
	    " details_submitted, bank_name, last4, country, checked_at, stale"
	    " from connect.account_v where ($2::text is null or id < $2)"
	    " order by id desc limit $1::int",
	    2, DB_QUICK },
	[STMT__MAX] = { 0 },
};
