/* What the payments family shows of its rows. */
#ifndef PURSER_PAYMENTS_VIEW_H
#define PURSER_PAYMENTS_VIEW_H

#include "core/web/reply.h"

extern const struct view_field checkout_view[];
extern const struct view_field payment_view[];
extern const struct view_field prop_account_view[];
extern const struct view_field lifecycle_view[];

#endif
