#include "config.h"

#include "payouts/stmt.h"

#define PAYOUT_COLUMNS \
	"id, amount_cents, currency, status, stripe_transfer_id, failure_reason," \
	" requested_at, completed_at"

const struct db_stmt payout_stmts[] = {
	[STMT_ESTIMATE_TARGET] = { "payouts.estimate_target",
	    "select account_id, subaccount_uuid, synthetic_hotkey, asked_ms"
	    " from payouts.estimate_target($1)",
	    1 },
	[STMT_ESTIMATE_READ] = { "payouts.estimate_read",
	    "select amount_usd, amount_cents, currency, available, as_of, formula_version,"
	    " weekly_settlements, digest"
	    " from payouts.estimate_read($1, $2, $3::bigint, $4, $5::bigint)",
	    5 },
	/* Ids begin with their time: descending by id is newest first. */
	[STMT_PAYOUT_LIST] = { "payouts.payout_list",
	    "select " PAYOUT_COLUMNS " from payouts.payout_v"
	    " where ($2::text is null or id < $2) and ($3::text is null or account_id = $3)"
	    " order by id desc limit $1::int",
	    3, DB_QUICK },
	[STMT_PAYOUT_REQUEST] = { "payouts.payout_request",
	    "select " PAYOUT_COLUMNS " from payouts.payout_request"
	    "($1, $2, $3::bigint, $4, $5::bigint, $6::bigint)",
	    6 },
	[STMT_PAYOUT_SUBMIT] = { "payouts.payout_submit",
	    "select " PAYOUT_COLUMNS ", destination, attempt, sent_s"
	    " from payouts.payout_submit($1, $2, $3::int)",
	    3 },
	[STMT_PAYOUT_SETTLE] = { "payouts.payout_settle",
	    "select " PAYOUT_COLUMNS " from payouts.payout_settle($1, $2::jsonb)", 2 },
	[STMT_PAYOUT_REFUSE] = { "payouts.payout_refuse",
	    "select " PAYOUT_COLUMNS " from payouts.payout_refuse($1, $2::int, $3, $4)", 4 },
	[STMT_PAYOUT_UNKNOWN] = { "payouts.payout_unknown",
	    "select " PAYOUT_COLUMNS " from payouts.payout_unknown($1, $2::int, $3, $4::int)", 4 },
	[STMT_PAYOUT_RETRY] = { "payouts.payout_retry",
	    "select " PAYOUT_COLUMNS " from payouts.payout_retry($1)", 1 },
	[STMT_PAYOUT_CANCEL] = { "payouts.payout_cancel",
	    "select " PAYOUT_COLUMNS " from payouts.payout_cancel($1)", 1 },
	[STMT_PAYOUT__MAX] = { 0 },
};
