/* What the connect family shows of its rows. */
#ifndef PURSER_CONNECT_VIEW_H
#define PURSER_CONNECT_VIEW_H

#include "core/web/reply.h"

extern const struct view_field connect_account_view[];

/* An account with the link to its form. */
int connect_account_reply(struct req *req, const struct db_rows *account, const char *url);
int onboarding_link_reply(struct req *req, const char *url);

#endif
