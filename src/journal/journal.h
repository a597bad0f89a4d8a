/*
 * Module journal: traders record the payouts of their firms.
 *
 * Declares what the files of the module share; programs use only journal_module.
 */
#ifndef PURSER_JOURNAL_JOURNAL_H
#define PURSER_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/base/csv.h"
#include "core/base/limits.h"
#include "core/db/db.h"
#include "core/web/problem.h"
#include "core/web/reply.h"
#include "core/web/route.h"

#define MODULE journal
#define MODULE_DEF "journal/module.def"
#include "core/module/declare.inc"

#define JOURNAL_STATUSES "pending, processing, completed or failed"
#define LIMIT_NAME_CHARS 100 /* account number, firm name, account status */
#define LIMIT_REFERENCE_CHARS 200
#define LIMIT_CSV_ROWS 20000 /* of an export or an import, beside the first line */
/* So that it can come back, as a form too */
#define LIMIT_EXPORT_BYTES (LIMIT_CSV_BODY_BYTES - 64 * 1024)
/* Of an import as JSON: names of members for every row, and a file of quotes and backslashes */
#define LIMIT_IMPORT_LINES_BYTES (3 * LIMIT_CSV_BODY_BYTES)
#define LIMIT_AMOUNT_CENTS INT64_C(1000000000000000) /* 10^13 */
#define LIMIT_SPLIT_HUNDREDTHS 10000                 /* 100 % */
#define JOURNAL_PAGE_ROWS 20                         /* of a list without `limit` */

/* payout.c: columns of journal.payout_v. */
#define JOURNAL_PAYOUT_COLUMNS \
	"id, user_id, account_id, date, total_amount, profit_split, traders_share," \
	" firms_share, status, reference, created_at, updated_at, account_number, firm_id," \
	" firm_name"

/* input.c: the filters of a list or an export; NULL = not filtered. */
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

/* input.c */
bool journal_status_known(const char *status);

/* payout_csv_read.c: a file that is imported. */
struct journal_import {
	struct req *req;
	struct buf lines;                   /* JSON for journal.payout_csv_import */
	const char *ignored[CSV_CELLS_MAX]; /* columns that are not ours */
	size_t ignored_count;
	int64_t wrong;                                     /* number of mistakes */
	struct problem_field mistakes[LIMIT_FIELD_ERRORS]; /* the first of them, by line */
	size_t mistake_count;
};

/*
 * Reads the file in the body.  False = problems were recorded: it cannot be read by lines.  True,
 * with mistakes: the database finds those of the other kind, for an answer with all of them.
 */
bool journal_payout_csv_read(struct journal_import *import) MUST_CHECK;

/* input.c: a number of a body as a parameter; SQL null when it was not given. */
struct db_param journal_number(struct req *req, const struct field_number *field);

/* page.c: one page, with the number of all rows in each; one row of nulls for an empty page. */
#define JOURNAL_PAGE(view, columns, order) \
	"select total, v.* from (select count(*) as total from " view ") as t" \
	" left join (select " columns " from " view " order by " order \
	" limit $1::bigint offset $2::bigint) as v on true"

/*
 * Answers with the page at limit and offset.  The statement has these two parameters only.
 */
int journal_page(struct req *req, const struct db_stmt *stmt, const struct view_field *view);

#endif
