/* The journal surface: handlers, one file per noun, and the fields of their bodies. */
#ifndef PURSER_JOURNAL_JOURNAL_H
#define PURSER_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/bug.h"
#include "core/web/route.h"

#define JOURNAL_PAGE_ROWS 20 /* of a list without `limit` */
#define LIMIT_NAME_CHARS 100 /* account number, firm name, account status */
#define LIMIT_REFERENCE_CHARS 200
#define LIMIT_EXPORT_ROWS 10000
#define LIMIT_AMOUNT_CENTS INT64_C(1000000000000000) /* 10^13 */
#define LIMIT_SPLIT_HUNDREDTHS 10000                 /* 100 % */

/* journal_input.c: which payouts a list or an export shows; NULL = not filtered. */
struct journal_filter {
	const char *account_id;
	const char *firm;
	const char *status;
	const char *search;
	const char *start_date;
	const char *end_date;
};

/* From the query parameters; false = a problem was recorded. */
bool journal_filter_read(struct req *req, struct journal_filter *filter) MUST_CHECK;

/* One of the four; false = a problem with `status` was recorded.  NULL is fine. */
bool journal_status_check(struct req *req, const char *status) MUST_CHECK;
bool journal_status_known(const char *status);

/* journal_input.c too: a number of a body, null where it was not given. */
struct db_param journal_number(struct req *req, const struct field_number *field);

/* journal_payout.c */
struct journal_payout_input {
	const char *date;
	const char *account_id;
	const char *status;
	const char *reference;            /* "" = none */
	struct field_number total_amount; /* cents */
	struct field_number profit_split; /* hundredths of a percent */
};
extern const struct field journal_payout_create_fields[];
extern const struct field journal_payout_update_fields[];
int journal_payout_list(struct req *req);
int journal_payout_create(struct req *req);
int journal_payout_get(struct req *req);
int journal_payout_update(struct req *req);
int journal_payout_delete(struct req *req);

/* journal_account.c */
struct journal_account_input {
	const char *account_number;
	const char *firm_name;
	const char *account_type;
	const char *status;
	struct field_number account_size; /* cents, as is net_pnl */
	struct field_number net_pnl;
};
extern const struct field journal_account_create_fields[];
extern const struct field journal_account_update_fields[];
int journal_account_list(struct req *req);
int journal_account_create(struct req *req);
int journal_account_get(struct req *req);
int journal_account_update(struct req *req);
int journal_account_delete(struct req *req);

/* journal_firm.c */
int journal_firm_list(struct req *req);

/* journal_csv.c */
int journal_payout_export(struct req *req);
int journal_payout_import(struct req *req);

#endif
