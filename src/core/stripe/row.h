/*
 * Rows of ours for which something is made at Stripe: whose they are, and what is recorded in them
 * when nothing was made.
 */
#ifndef PURSER_STRIPE_ROW_H
#define PURSER_STRIPE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/db/value.h"
#include "core/stripe/stripe.h"

struct arena;
struct db_rows;

/*
 * The owner of what is made for a claimed or begun row, by its columns installation, tenant_id and
 * user_id; `object` is the row's id.
 */
struct stripe_owner stripe_owner_of(const struct db_rows *row, const char *object, int64_t attempt);

/* Did the call make its object, or find it: is the row to be settled? */
bool stripe_made(const struct stripe_reply *reply);

/*
 * The statements that record an answer without an object.  The first parameters of each name the
 * row; here are the others.
 */
struct stripe_unmade {
	const struct db_stmt *refuse; /* code, message; and whether it is gone, if it takes that */
	/* code, message, key_spent, delay until the next call in ms; NULL = as unknown */
	const struct db_stmt *defer;
	const struct db_stmt *unknown; /* message, delay until the next call in ms */
};

/*
 * The step that records it; memory of the arena.  A request that never reached Stripe is refused as
 * "abandoned", a refusal without a code is "refused".
 */
struct db_step stripe_unmade_step(struct arena *arena, const struct stripe_unmade *statements,
    const struct db_param *names, size_t count, const struct stripe_reply *reply, int64_t retry_ms);

#endif
