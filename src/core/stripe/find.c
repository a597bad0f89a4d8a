/* Searches Stripe's lists for an object by our metadata. */
#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

#define FIND_PAGES 50
#define FILTERS_MAX 4

enum page_result {
	PAGE_FOUND,
	PAGE_MORE,
	PAGE_LAST,
	PAGE_BAD,
	PAGE_FOREIGN, /* what is there is this row's, and its metadata says something else */
};

/* Why a search that ended with this page has no answer; NULL = it has one. */
static const char *const no_answer[] = {
	[PAGE_FOUND] = NULL,
	[PAGE_MORE] = "too many objects to search",
	[PAGE_LAST] = NULL,
	[PAGE_BAD] = "the answer is not a list",
	[PAGE_FOREIGN] = "an object with this row's id has the metadata of another owner",
};

static enum stripe_result list_page(struct stripe *stripe, const struct stripe_find *find,
    const char *starting_after, struct stripe_reply *reply);
static enum page_result search_page(const struct json *list, const struct stripe_find *find,
    const struct json **found, const char **last_id);
static void keep_reply(struct arena *arena, struct stripe_reply *reply);

/*
 * A page is up to a megabyte of text, and more when parsed.  So each page lives in an
 * arena of its own, and only what was found is kept.
 */
enum stripe_result
stripe_find(struct stripe *stripe, const struct stripe_find *find, struct stripe_reply *reply)
{
	struct arena pages[2];
	struct stripe pager = *stripe;
	const struct json *found = NULL;
	const char *last_id = NULL;
	enum page_result searched = PAGE_MORE;
	int n;

	arena_init(&pages[0]);
	arena_init(&pages[1]);
	for (n = 0; n < FIND_PAGES && searched == PAGE_MORE; n++) {
		pager.arena = &pages[n % 2]; /* last_id lives in the other one */
		arena_reset(pager.arena);
		if (list_page(&pager, find, last_id, reply) != STRIPE_OK)
			break;
		searched = search_page(reply->object, find, &found, &last_id);
	}
	reply->object = found;
	keep_reply(stripe->arena, reply);
	arena_release(&pages[0]);
	arena_release(&pages[1]);
	/* Stripe refused the search, which says nothing about the create. */
	if (reply->result == STRIPE_REFUSED)
		return stripe_unknown(reply, "the search was refused");
	if (reply->result == STRIPE_OK && no_answer[searched] != NULL)
		return stripe_unknown(reply, no_answer[searched]);
	return reply->result;
}

/* Reads the page after starting_after; NULL = the first. */
static enum stripe_result
list_page(struct stripe *stripe, const struct stripe_find *find, const char *starting_after,
    struct stripe_reply *reply)
{
	struct stripe_param params[FILTERS_MAX + 3] = { { NULL, NULL } };
	const struct stripe_call call = {
		.method = "GET",
		.path = find->path,
		.label = find->label,
		.object = "list",
		.params = params,
	};
	size_t n = 0;

	while (find->filter[n].name != NULL) {
		CHECK(n < FILTERS_MAX);
		params[n] = find->filter[n];
		n++;
	}
	params[n++] = (struct stripe_param) { "limit", "100" };
	params[n] = (struct stripe_param) { "starting_after", starting_after };
	return stripe_perform(stripe, &call, reply);
}

/* A page with an unreadable object is bad: "not found" would be a guess. */
static enum page_result
search_page(const struct json *list, const struct stripe_find *find, const struct json **found,
    const char **last_id)
{
	const struct json *data = json_get(list, "data");
	enum page_result result;
	bool more;

	if (data == NULL || json_type(data) != JSON_ARRAY ||
	    !json_bool(json_get(list, "has_more"), &more))
		return PAGE_BAD;
	if (more && json_length(data) == 0)
		return PAGE_BAD;
	result = more ? PAGE_MORE : PAGE_LAST;
	for (size_t i = 0; i < json_length(data); i++) {
		const struct json *object = json_at(data, i);
		const char *id = json_text(json_get(object, "id"));

		if (id == NULL || !stripe_id_valid(id))
			return PAGE_BAD;
		*last_id = id;
		if (stripe_owner_fits(find->owner, object)) {
			*found = object;
			return PAGE_FOUND;
		}
		if (find->exclusive || stripe_owner_names(find->owner, object))
			result = PAGE_FOREIGN;
	}
	return result;
}

/* Copies the texts and the object of the reply from the page's arena into the caller's. */
static void
keep_reply(struct arena *arena, struct stripe_reply *reply)
{
	const char *why;

	reply->type = arena_strdup(arena, reply->type);
	reply->code = arena_strdup(arena, reply->code);
	reply->decline_code = arena_strdup(arena, reply->decline_code);
	reply->param = arena_strdup(arena, reply->param);
	reply->message = arena_strdup(arena, reply->message);
	reply->stripe_request_id = arena_strdup(arena, reply->stripe_request_id);
	if (reply->object != NULL) {
		const char *text = json_print(arena, reply->object);

		reply->object = json_parse(arena, text, strlen(text), &why);
		CHECK(reply->object != NULL);
	}
}
