/* Searches Stripe's lists for an object by our metadata. */
#include <stdbool.h>
#include <string.h>

#include "core/base/bug.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

struct search {
	const struct stripe_find *find;
	struct arena *arena;
	const struct json *found;   /* lives in the arena */
	const struct json *unnamed; /* among the row's objects only, and names no row; likewise */
	bool foreign; /* what is there is this row's, and its metadata says otherwise */
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

/* Is the object's id one of the words? */
static bool
is_one_of(const char *words, const struct json *object)
{
	const char *id = json_text(json_get(object, "id"));
	size_t len = id == NULL ? 0 : strlen(id);

	while (words != NULL && len > 0) {
		if (strncmp(words, id, len) == 0 && (words[len] == ' ' || words[len] == '\0'))
			return true;
		words = strchr(words, ' ');
		words = words == NULL ? NULL : words + 1;
	}
	return false;
}

static bool
examine(const struct json *object, void *context)
{
	struct search *search = context;
	const struct stripe_find *find = search->find;

	if (is_one_of(find->others, object))
		return true;
	if (stripe_owner_fits(find->owner, object)) {
		search->found = keep(search->arena, object);
		return false;
	}
	if (find->exclusive && !stripe_owner_any(find->owner, object))
		search->unnamed = keep(search->arena, object);
	else if (find->exclusive || stripe_owner_names(find->owner, object))
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
	if (reply->result == STRIPE_OK && search.found == NULL)
		reply->object = search.unnamed;
	return reply->result;
}
