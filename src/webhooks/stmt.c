#include "config.h"

#include "webhooks/stmt.h"

const struct db_stmt webhooks_stmts[] = {
	[STMT_STRIPE_EVENT_RECEIVE] = { "webhooks.stripe_event_receive",
		"select webhooks.stripe_event_receive"
		"($1, $2, $3, $4::boolean, $5::bigint, $6, $7, $8) as new", 8 },
	[STMT__MAX] = { 0 }
};
