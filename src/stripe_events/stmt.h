/* The statements of the webhooks family. */
#ifndef PURSER_STRIPE_EVENTS_STMT_H
#define PURSER_STRIPE_EVENTS_STMT_H

#include "core/db/db.h"

enum webhooks_stmt { STMT_STRIPE_EVENT_RECEIVE, STMT__MAX };

extern const struct db_stmt webhooks_stmts[];

#endif
