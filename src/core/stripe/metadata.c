/* Metadata of Stripe's objects: written by our create, and what an object is found by. */
#include <inttypes.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

/* Without one of these, two objects of ours would share a key, or one would be found by no row. */
const char *
stripe_owner_attempt(struct arena *arena, const struct stripe_owner *owner)
{
	CHECK(owner->installation != NULL && owner->api != NULL && owner->tenant != NULL);
	CHECK(owner->object != NULL && owner->object[0] != '\0' && owner->attempt >= 1);
	return arena_printf(arena, "%" PRId64, owner->attempt);
}

const char *
stripe_owner_key(struct arena *arena, const struct stripe_owner *owner, const char *step)
{
	const char *first = arena_printf(arena, "%s:%s", owner->object, step);

	if (owner->attempt == 1)
		return first;
	return arena_printf(arena, "%s:%" PRId64, first, owner->attempt);
}

static bool
is_text(const struct json *metadata, const char *name, const char *expected)
{
	return name != NULL && json_is_text(json_get(metadata, name), expected);
}

bool
stripe_owner_names(const struct stripe_owner *owner, const struct json *object)
{
	const struct json *metadata = json_get(object, "metadata");

	return is_text(metadata, "purser_object", owner->object) ||
	    is_text(metadata, owner->old_name, owner->object);
}

bool
stripe_owner_any(const struct stripe_owner *owner, const struct json *object)
{
	const struct json *metadata = json_get(object, "metadata");

	return json_get(metadata, "purser_object") != NULL ||
	    json_get(metadata, "purser_installation") != NULL ||
	    json_get(metadata, "purser_tenant") != NULL ||
	    (owner->old_name != NULL && json_get(metadata, owner->old_name) != NULL);
}

bool
stripe_owner_fits(const struct stripe_owner *owner, const struct json *object)
{
	const struct json *metadata = json_get(object, "metadata");

	if (json_get(metadata, "purser_object") == NULL)
		return is_text(metadata, owner->old_name, owner->object);
	return is_text(metadata, "purser_object", owner->object) &&
	    is_text(metadata, "purser_installation", owner->installation) &&
	    is_text(metadata, "purser_api", owner->api) &&
	    is_text(metadata, "purser_tenant", owner->tenant);
}
