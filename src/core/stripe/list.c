/* Reads Stripe's lists, page by page. */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

/* A page of a list that is read whole. */
struct stripe_page {
	const struct json *data; /* array of the objects, newest first */
	bool has_more;
	const char *last_id; /* the next page starts after it; NULL = the page is empty */
};

static bool read_page(const struct json *answer, struct stripe_page *page);
static bool visit_all(const struct stripe_page *page, stripe_visit *visit, void *context);
static void keep_texts(struct arena *arena, struct stripe_reply *reply);

void
stripe_list_call(const struct stripe_list *list, const char *starting_after, const char *limit,
    struct stripe_param params[STRIPE_LIST_PARAMS], struct stripe_call *call)
{
	size_t n = 0;

	for (; list->filter[n].name != NULL; n++) {
		CHECK(n < STRIPE_LIST_FILTERS);
		params[n] = list->filter[n];
	}
	params[n++] = (struct stripe_param) { "limit", limit };
	params[n++] = (struct stripe_param) { "starting_after", starting_after };
	params[n] = (struct stripe_param) { NULL, NULL };
	call->method = "GET";
	call->path = list->path;
	call->label = list->label;
	call->object = "list";
	call->params = params;
}

/* Reads the page of up to 100 objects after starting_after; NULL = the first page. */
static enum stripe_result
list_page(struct stripe *stripe, const struct stripe_list *list, const char *starting_after,
    struct stripe_page *page, struct stripe_reply *reply)
{
	struct stripe_call call = { .answer_max = LIMIT_STRIPE_PAGE_BYTES };
	struct stripe_param params[STRIPE_LIST_PARAMS];

	stripe_list_call(list, starting_after, "100", params, &call);
	if (stripe_perform(stripe, &call, reply) == STRIPE_OK && !read_page(reply->object, page))
		return stripe_unknown(reply, "the answer is not a page of a list");
	return reply->result;
}

/*
 * An object without an id spoils the page, and a page that has more behind it must say where the
 * next one starts.
 */
static bool
read_page(const struct json *answer, struct stripe_page *page)
{
	*page = (struct stripe_page) { .data = json_get(answer, "data") };
	if (page->data == NULL || json_type(page->data) != JSON_ARRAY ||
	    !json_bool(json_get(answer, "has_more"), &page->has_more))
		return false;
	for (size_t i = 0; i < json_length(page->data); i++) {
		page->last_id = json_text(json_get(json_at(page->data, i), "id"));
		if (page->last_id == NULL || !stripe_id_valid(page->last_id))
			return false;
	}
	return !page->has_more || page->last_id != NULL;
}

/*
 * A page is up to a megabyte of text, and more when parsed.  So each page lives in an
 * arena of its own, and the visitor copies what it keeps.
 */
enum stripe_result
stripe_list_each(struct stripe *stripe, const struct stripe_list *list, stripe_visit *visit,
    void *context, struct stripe_reply *reply)
{
	struct arena pages[2];
	struct stripe pager = *stripe;
	struct stripe_page page = { .has_more = true };
	int n;

	arena_init(&pages[0]);
	arena_init(&pages[1]);
	for (n = 0; n < LIMIT_STRIPE_LIST_PAGES && page.has_more; n++) {
		pager.arena = &pages[n % 2]; /* the cursor lives in the other one */
		arena_reset(pager.arena);
		if (list_page(&pager, list, page.last_id, &page, reply) != STRIPE_OK)
			break;
		if (!visit_all(&page, visit, context))
			page.has_more = false;
	}
	if (reply->result == STRIPE_OK && page.has_more)
		stripe_unknown(reply, "the list has too many pages");
	reply->object = NULL;
	keep_texts(stripe->arena, reply);
	arena_release(&pages[0]);
	arena_release(&pages[1]);
	return reply->result;
}

static bool
visit_all(const struct stripe_page *page, stripe_visit *visit, void *context)
{
	for (size_t i = 0; i < json_length(page->data); i++) {
		if (!visit(json_at(page->data, i), context))
			return false;
	}
	return true;
}

/* Copies the texts of the reply from the page's arena into the caller's. */
static void
keep_texts(struct arena *arena, struct stripe_reply *reply)
{
	reply->type = arena_strdup(arena, reply->type);
	reply->code = arena_strdup(arena, reply->code);
	reply->decline_code = arena_strdup(arena, reply->decline_code);
	reply->param = arena_strdup(arena, reply->param);
	reply->message = arena_strdup(arena, reply->message);
	reply->stripe_request_id = arena_strdup(arena, reply->stripe_request_id);
}

/* --- all pages as one list -------------------------------------------------- */

struct whole {
	struct buf text; /* the list so far */
	size_t count;
	const char *parent;
	const char *id;
	bool foreign; /* an object belongs to another parent */
};

static bool
add_object(const struct json *object, void *context)
{
	struct whole *whole = context;
	const char *parent = json_text(json_get(object, whole->parent));
	struct arena scratch;

	if (parent == NULL || strcmp(parent, whole->id) != 0) {
		whole->foreign = true;
		return false;
	}
	arena_init(&scratch);
	buf_str(&whole->text, whole->count++ == 0 ? "" : ",");
	buf_str(&whole->text, json_print(&scratch, object));
	arena_release(&scratch);
	return !whole->text.overflow;
}

enum stripe_result
stripe_list_all(struct stripe *stripe, const struct stripe_list *list, const char *parent,
    const char *id, struct stripe_reply *reply)
{
	struct whole whole = { .parent = parent, .id = id };
	const char *why;

	buf_init(&whole.text, stripe->arena, LIMIT_STRIPE_LIST_BYTES);
	buf_str(&whole.text, "{\"object\":\"list\",\"has_more\":false,\"data\":[");
	if (stripe_list_each(stripe, list, add_object, &whole, reply) != STRIPE_OK)
		return reply->result;
	buf_str(&whole.text, "]}");
	if (whole.foreign)
		return stripe_unknown(reply, "the list has an object that was not asked for");
	if (whole.text.overflow)
		return stripe_unknown(reply, "the list is too long");
	reply->object = json_parse(stripe->arena, whole.text.data, whole.text.len, &why);
	CHECK(reply->object != NULL);
	return STRIPE_OK;
}
