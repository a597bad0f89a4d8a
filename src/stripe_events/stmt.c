#include "config.h"

#include "stripe_events/stmt.h"

const struct db_stmt webhooks_stmts[] = {
	[STMT_STRIPE_EVENT_RECEIVE] = { "webhooks.stripe_event_receive",
	    "select webhooks.stripe_event_receive($1::text[], $2::text[], $3::text[],"
	    " $4::text[]::boolean[], $5::text[]::bigint[], $6::text[], $7::text[],"
	    " $8::text[]) as new",
	    8 },
	[STMT__MAX] = { 0 },
};
