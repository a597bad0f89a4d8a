/* Searches Stripe's lists for an object by our metadata. */
#include <stdbool.h>
#include <string.h>

#include "core/base/bug.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

struct search {
	const struct stripe_find *find;
	struct arena *arena;
	const struct json *found; /* lives in the arena */
	bool foreign;             /* what is there is this row's, and its metadata says otherwise */
};

/* A copy that outlives the page. */
static const struct json *
keep(struct arena *arena, const struct json *object)
{
	const char *text = json_print(arena, object), *why;
	const struct json *kept = json_parse(arena, text, strlen(text), &why);

	CHECK(kept != NULL);
	return kept;
}

static bool
examine(const struct json *object, void *context)
{
	struct search *search = context;

	if (stripe_owner_fits(search->find->owner, object)) {
		search->found = keep(search->arena, object);
		return false;
	}
	if (search->find->exclusive || stripe_owner_names(search->find->owner, object))
		search->foreign = true;
	return true;
}

enum stripe_result
stripe_find(struct stripe *stripe, const struct stripe_find *find, struct stripe_reply *reply)
{
	struct search search = { .find = find, .arena = stripe->arena };

	stripe_list_each(stripe, &find->list, examine, &search, reply);
	reply->object = search.found;
	/* Stripe refused the search, which says nothing about the create. */
	if (reply->result != STRIPE_OK && reply->result != STRIPE_RIGHTS)
		return stripe_unknown(reply,
		    reply->result == STRIPE_UNKNOWN ? reply->message : "the search was refused");
	if (reply->result == STRIPE_OK && search.found == NULL && search.foreign)
		return stripe_unknown(reply,
		    "an object with this row's id has the metadata of another owner");
	return reply->result;
}
