/* What Stripe's answers mean for the rows that they are about. */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/db/value.h"
#include "core/stripe/row.h"

#define NAMES_MAX 3
#define FACTS_MAX 4 /* after the names, in every statement */

struct stripe_owner
stripe_owner_of(const struct db_rows *row, const char *object, int64_t attempt)
{
	return (struct stripe_owner) {
		.installation = db_value(row, 0, "installation"),
		.api = "prop",
		.tenant = db_value(row, 0, "tenant_id"),
		.object = object,
		.attempt = attempt,
		.user = db_value(row, 0, "user_id"),
	};
}

bool
stripe_made(const struct stripe_reply *reply)
{
	return reply->result == STRIPE_OK && reply->object != NULL;
}

static const struct db_stmt *
choose(const struct stripe_unmade *statements, const struct stripe_reply *reply)
{
	switch (reply->result) {
	case STRIPE_OK:
	case STRIPE_REFUSED:
	case STRIPE_GONE:
		return statements->refuse;
	case STRIPE_REFUSED_FOR_NOW:
		return statements->defer != NULL ? statements->defer : statements->unknown;
	case STRIPE_RIGHTS:
	case STRIPE_UNKNOWN:
		return statements->unknown;
	}
	BUG("unknown result of Stripe");
}

/* What follows the names in the statement. */
static void
add_facts(struct arena *arena, const struct stripe_unmade *statements, const struct db_stmt *stmt,
    const struct stripe_reply *reply, int64_t retry_ms, struct db_param *params)
{
	bool abandoned = reply->result == STRIPE_OK;

	if (stmt == statements->unknown) {
		params[0] = db_text(reply->message);
		params[1] = db_int(arena, retry_ms);
		return;
	}
	params[0] = db_text(reply->code != NULL ? reply->code : "refused");
	if (abandoned)
		params[0] = db_text("abandoned");
	params[1] = db_text(abandoned ? "the request never reached Stripe" : reply->message);
	params[2] =
	    db_bool(stmt == statements->defer ? reply->key_spent : reply->result == STRIPE_GONE);
	params[3] = db_int(arena, retry_ms);
}

struct db_step
stripe_unmade_step(struct arena *arena, const struct stripe_unmade *statements,
    const struct db_param *names, size_t count, const struct stripe_reply *reply, int64_t retry_ms)
{
	const struct db_stmt *stmt = choose(statements, reply);
	struct db_param params[NAMES_MAX + FACTS_MAX];

	CHECK(count <= NAMES_MAX && !stripe_made(reply));
	memcpy(params, names, count * sizeof(*names));
	add_facts(arena, statements, stmt, reply, retry_ms, params + count);
	return db_step_keep(arena, stmt, params);
}
