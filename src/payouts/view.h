/* What is shown of payouts to traders and of what they are owed. */
#ifndef PURSER_PAYOUTS_VIEW_H
#define PURSER_PAYOUTS_VIEW_H

#include <stdbool.h>

#include "core/web/reply.h"

extern const struct view_field payout_view[];

/* An estimate; NULL = zeros, for who has no account that could earn.  explain adds the weeks. */
int estimate_reply(struct req *req, const struct db_rows *estimate, bool explain);

#endif
