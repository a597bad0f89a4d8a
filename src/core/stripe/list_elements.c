/* Reads Stripe's lists by element: what is wrong with one of them does not spoil its page. */
#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/json/json.h"
#include "core/stripe/list_scan.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"

static bool read_rest(const struct json *answer, struct stripe_elements *page);
static void take_elements(struct arena *arena, const struct list_scan *scan,
    struct stripe_elements *page);

static void
scan_begin(void *context)
{
	list_scan_begin(context);
}

static bool
scan_add(void *context, const char *data, size_t len, struct buf *kept)
{
	return list_scan_add(context, data, len, kept);
}

/* One call; a page that is too large to be kept is STRIPE_UNKNOWN with reply->too_large. */
static enum stripe_result
ask(struct stripe *stripe, const struct stripe_list *list, const char *starting_after,
    const char *limit, struct list_scan *scan, struct stripe_reply *reply)
{
	const struct http_filter filter = { scan_begin, scan_add, scan };
	struct stripe_call call = { .filter = &filter, .answer_max = LIMIT_STRIPE_PAGE_BYTES };
	struct stripe_param params[STRIPE_LIST_PARAMS];

	stripe_list_call(list, starting_after, limit, params, &call);
	return stripe_perform(stripe, &call, reply);
}

/* Is the answer one element that is too large even alone, and that a reading can pass? */
static bool
too_large_alone(const struct stripe_elements *page)
{
	return page->count == 1 && page->elements[0].text == NULL && page->last_id != NULL;
}

enum stripe_result
stripe_list_elements(struct stripe *stripe, const struct stripe_list *list,
    const char *starting_after, struct stripe_elements *page, struct stripe_reply *reply)
{
	static const char *const limits[] = { "100", "10", "1" };
	struct list_scan scan;

	list_scan_init(&scan, stripe->arena);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		ask(stripe, list, starting_after, limits[i], &scan, reply);
		if (!reply->too_large)
			break;
	}
	take_elements(stripe->arena, &scan, page);
	if (reply->too_large && too_large_alone(page)) {
		page->has_more = true;
		reply->result = STRIPE_OK;
		reply->message = NULL;
	} else if (reply->result == STRIPE_OK && !read_rest(reply->object, page)) {
		return stripe_unknown(reply, "the answer is not a page of a list");
	}
	return reply->result;
}

/* A page that has more behind it must say where the next one starts. */
static bool
read_rest(const struct json *answer, struct stripe_elements *page)
{
	const struct json *data = json_get(answer, "data");

	return data != NULL && json_type(data) == JSON_ARRAY && json_length(data) == 0 &&
	    json_bool(json_get(answer, "has_more"), &page->has_more) &&
	    (!page->has_more || page->last_id != NULL);
}

static const char *
word(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}

/* The text of an element that ended; NULL = it is too large, or the answer ended before. */
static const char *
text_of(const struct list_scan *scan, size_t i)
{
	bool ended = i + 1 < scan->count || !scan->in_element;

	return scan->elements[i].too_large || !ended ? NULL :
						       scan->kept.data + scan->elements[i].start;
}

static void
take_elements(struct arena *arena, const struct list_scan *scan, struct stripe_elements *page)
{
	struct stripe_element *elements = arena_alloc(arena, (scan->count + 1) * sizeof(*elements));

	*page = (struct stripe_elements) { .elements = elements, .count = scan->count };
	for (size_t i = 0; i < scan->count; i++) {
		const struct list_scan_element *from = &scan->elements[i];

		elements[i] = (struct stripe_element) {
			.text = text_of(scan, i),
			.bytes = from->bytes,
			.id = word(from->id),
			.type = word(from->type),
		};
		if (elements[i].id != NULL && !stripe_id_valid(elements[i].id))
			elements[i].id = NULL;
		if (elements[i].id != NULL)
			page->last_id = elements[i].id;
	}
}
