#include "config.h"

#include "journal/stmt.h"

#define PAYOUT_COLUMNS \
	"id, user_id, account_id, date, total_amount, profit_split, traders_share," \
	" firms_share, status, reference, created_at, updated_at"
#define PAYOUT_LIST_COLUMNS PAYOUT_COLUMNS ", account_number, firm_id, firm_name"
#define ACCOUNT_COLUMNS \
	"id, user_id, account_number, firm_id, firm_name, account_type, account_size," \
	" net_pnl, status, total_gross_payouts, total_net_payouts, balance, created_at, updated_at"

/* One page and the number of all rows; a row of nulls when the page is empty. */
#define PAGE(view, columns, order) \
	"select total, v.* from (select count(*) as total from " view ") as t" \
	" left join (select " columns " from " view " order by " order \
	" limit $1::bigint offset $2::bigint) as v on true"

const struct db_stmt journal_stmts[] = {
	[STMT_JOURNAL_PAYOUT_LIST] = { "journal.payout_list",
	    "select l.total, (l.payout).*, l.cumulative_total_amount,"
	    " l.cumulative_traders_share, l.cumulative_total_amount_by_firm,"
	    " l.cumulative_traders_share_by_firm, l.cumulative_total_amount_by_account,"
	    " l.cumulative_traders_share_by_account"
	    " from journal.payout_list($1::bigint, $2::bigint, $3::uuid, $4, $5, $6,"
	    " $7::date, $8::date, $9::boolean) as l",
	    9 },
	[STMT_JOURNAL_PAYOUT_CREATE] = { "journal.payout_create",
	    "select " PAYOUT_COLUMNS " from journal.payout_create"
	    "($1::date, $2::bigint, $3::uuid, $4::int, $5, $6)",
	    6 },
	[STMT_JOURNAL_PAYOUT_GET] = { "journal.payout_get",
	    "select " PAYOUT_LIST_COLUMNS " from journal.payout_v where id = $1::uuid", 1 },
	[STMT_JOURNAL_PAYOUT_UPDATE] = { "journal.payout_update",
	    "select " PAYOUT_COLUMNS " from journal.payout_update"
	    "($1::uuid, $2::date, $3::bigint, $4::int, $5, $6)",
	    6 },
	[STMT_JOURNAL_PAYOUT_DELETE] = { "journal.payout_delete",
	    "select $1::uuid as payout_id, id, total_gross_payouts, total_net_payouts,"
	    " balance from journal.payout_delete($1::uuid)",
	    1 },
	[STMT_JOURNAL_PAYOUT_EXPORT] = { "journal.payout_export",
	    "select " PAYOUT_LIST_COLUMNS " from journal.payout_export"
	    "($1::uuid, $2, $3, $4, $5::date, $6::date, $7::int)",
	    7 },
	[STMT_JOURNAL_PAYOUT_IMPORT] = { "journal.payout_import",
	    "select line, field, message, id from journal.payout_import($1::jsonb)", 1 },
	[STMT_JOURNAL_ACCOUNT_LIST] = { "journal.account_list",
	    PAGE("journal.account_v", ACCOUNT_COLUMNS, "created_at desc, id desc"), 2 },
	[STMT_JOURNAL_ACCOUNT_CREATE] = { "journal.account_create",
	    "select " ACCOUNT_COLUMNS " from journal.account_create"
	    "($1, $2, $3, $4::bigint, $5::bigint, $6)",
	    6 },
	[STMT_JOURNAL_ACCOUNT_GET] = { "journal.account_get",
	    "select " ACCOUNT_COLUMNS " from journal.account_v where id = $1::uuid", 1 },
	[STMT_JOURNAL_ACCOUNT_UPDATE] = { "journal.account_update",
	    "select " ACCOUNT_COLUMNS " from journal.account_update"
	    "($1::uuid, $2, $3, $4, $5::bigint, $6::bigint, $7)",
	    7 },
	[STMT_JOURNAL_ACCOUNT_DELETE] = { "journal.account_delete",
	    "select journal.account_delete($1::uuid) as id", 1 },
	[STMT_JOURNAL_FIRM_LIST] = { "journal.firm_list",
	    PAGE("journal.firm_v",
		"id, name, accounts, payouts, total_gross_payouts,"
		" total_net_payouts",
		"name_folded"),
	    2 },
	[STMT_JOURNAL__MAX] = { 0 },
};
