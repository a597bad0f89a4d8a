/* What the journal shows of its rows. */
#ifndef PURSER_JOURNAL_VIEW_H
#define PURSER_JOURNAL_VIEW_H

#include "core/web/reply.h"

extern const struct view_field journal_payout_view[];      /* as recorded */
extern const struct view_field journal_payout_list_view[]; /* with account and firm */
extern const struct view_field journal_payout_sums_view[]; /* and cumulative values */
extern const struct view_field journal_account_view[];
extern const struct view_field journal_firm_view[];

/*
 * Answers with the page that limit and offset ask for; these are the only parameters of
 * the statement.
 */
int journal_page(struct req *req, const struct db_stmt *stmt, const struct view_field *view);

#endif
