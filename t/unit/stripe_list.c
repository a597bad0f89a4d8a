/*
 * Protects: a list of Stripe's is read to its last page or not at all; half of it never looks like
 * all of it.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_stripe.h"

#define STEPS_MAX 5
/* clang-format off */
#define REFUND_OF(id, intent) "{\"id\":\"" id "\",\"payment_intent\":\"" intent "\"}"
#define REFUND(id) REFUND_OF(id, "pi_1")
#define PAGE(data, more) "{\"object\":\"list\",\"data\":" data ",\"has_more\":" more "}"
#define ANSWERED(status, body) { ANSWER, status, NULL, body, 0 }
#define MORE(data) ANSWERED(200, PAGE("[" data "]", "true"))
#define LAST(data) ANSWERED(200, PAGE("[" data "]", "false"))
#define ERROR(code) "{\"error\":{\"type\":\"invalid_request_error\"" code "}}"
/* clang-format on */
#define REFUNDS "GET /v1/refunds?payment_intent=pi_1&limit=100"
#define TRANSACTIONS "GET /v1/balance_transactions?created[gte]=1000&expand[0]=data.source&limit="

static struct arena arena;

/* The ids of the objects in data, each with a space behind it. */
static const char *
ids(const struct json *data)
{
	const char *text = "";

	for (size_t i = 0; i < json_length(data); i++)
		text = arena_printf(&arena, "%s%s ", text,
		    json_text(json_get(json_at(data, i), "id")));
	return text;
}

/* --- all pages ------------------------------------------------------------ */

/* clang-format off */
static const struct whole_case {
	const char *name;
	struct scripted_step steps[STEPS_MAX];
	size_t requests;
	enum stripe_result result;
	const char *ids;	/* NULL = no object */
} whole_cases[] = {
	{ "empty", { LAST("") }, 1, STRIPE_OK, "" },
	{ "one page", { LAST(REFUND("re_2") "," REFUND("re_1")) }, 1, STRIPE_OK, "re_2 re_1 " },
	{ "three pages", { MORE(REFUND("re_4") "," REFUND("re_3")), MORE(REFUND("re_2")),
	    LAST(REFUND("re_1")) }, 3, STRIPE_OK, "re_4 re_3 re_2 re_1 " },
	{ "an empty last page", { MORE(REFUND("re_1")), LAST("") }, 2, STRIPE_OK, "re_1 " },
	{ "a page at the second attempt", { MORE(REFUND("re_2")), ANSWERED(500, ERROR("")),
	    LAST(REFUND("re_1")) }, 3, STRIPE_OK, "re_2 re_1 " },
	{ "a page that never comes", { MORE(REFUND("re_2")), ANSWERED(500, ERROR("")),
	    ANSWERED(500, ERROR("")), ANSWERED(500, ERROR("")) }, 4, STRIPE_UNKNOWN, NULL },
	{ "a page that may not be read", { MORE(REFUND("re_2")), ANSWERED(403, ERROR("")) }, 2,
	    STRIPE_RIGHTS, NULL },
	{ "a refused cursor", { MORE(REFUND("re_2")), ANSWERED(400, ERROR("")) }, 2,
	    STRIPE_REFUSED, NULL },
	{ "no data", { ANSWERED(200, "{\"object\":\"list\",\"has_more\":false}") }, 1,
	    STRIPE_UNKNOWN, NULL },
	{ "data that is null", { ANSWERED(200, PAGE("null", "false")) }, 1, STRIPE_UNKNOWN, NULL },
	{ "data that is an object", { ANSWERED(200, PAGE("{}", "false")) }, 1, STRIPE_UNKNOWN,
	    NULL },
	{ "no has_more", { ANSWERED(200, "{\"object\":\"list\",\"data\":[]}") }, 1, STRIPE_UNKNOWN,
	    NULL },
	{ "has_more that is null", { ANSWERED(200, PAGE("[]", "null")) }, 1, STRIPE_UNKNOWN,
	    NULL },
	{ "more behind nothing", { MORE("") }, 1, STRIPE_UNKNOWN, NULL },
	{ "an object without an id", { LAST("{\"payment_intent\":\"pi_1\"}") }, 1, STRIPE_UNKNOWN,
	    NULL },
	{ "an object with a bad id", { LAST(REFUND("re/1")) }, 1, STRIPE_UNKNOWN, NULL },
	{ "an object of another payment", { LAST(REFUND("re_2") "," REFUND_OF("re_1", "pi_2")) },
	    1, STRIPE_UNKNOWN, NULL },
	{ "an object of no payment", { LAST("{\"id\":\"re_1\"}") }, 1, STRIPE_UNKNOWN, NULL },
	{ "an object that is none", { LAST("null") }, 1, STRIPE_UNKNOWN, NULL },
};
/* clang-format on */

static void
test_whole(void)
{
	for (size_t i = 0; i < sizeof whole_cases / sizeof *whole_cases; i++) {
		const struct whole_case *c = &whole_cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		struct stripe stripe = scripted_stripe(&arena, server);
		struct stripe_reply reply;
		const struct json *data;

		is_int(stripe_refund_list(&stripe, "pi_1", &reply), c->result,
		    "all refunds, %s: result", c->name);
		is_int(reply.result, c->result, "all refunds, %s: the same in the reply", c->name);
		data = json_get(reply.object, "data");
		is_str(data == NULL ? NULL : ids(data), c->ids, "all refunds, %s: ids", c->name);
		is_int((int64_t)scripted_count(server), (int64_t)c->requests,
		    "all refunds, %s: requests", c->name);
		ok((reply.result == STRIPE_OK) == (reply.message == NULL),
		    "all refunds, %s: a reason when there is no list", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

static void
test_requests(void)
{
	static const struct scripted_step steps[] = { MORE(REFUND("re_2")), LAST(REFUND("re_1")),
		LAST("{\"id\":\"trr_1\",\"transfer\":\"tr_1\"}"),
		LAST("{\"id\":\"trr_1\",\"transfer\":\"tr_2\"}"), { 0 } };
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_reply reply;

	stripe_refund_list(&stripe, "pi_1", &reply);
	is_str(scripted_at(server, 0)->line, REFUNDS " HTTP/1.1", "refunds: the first page");
	is_str(scripted_at(server, 1)->line, REFUNDS "&starting_after=re_2 HTTP/1.1",
	    "refunds: the second page starts after the first");
	is_str(json_print(&arena, reply.object),
	    "{\"object\":\"list\",\"has_more\":false,\"data\":[" REFUND("re_2") "," REFUND(
		"re_1") "]}",
	    "refunds: both pages are one list, each object as it was");
	is_int(stripe_reversal_list(&stripe, "tr_1", &reply), STRIPE_OK, "reversals: result");
	is_str(scripted_at(server, 2)->line, "GET /v1/transfers/tr_1/reversals?limit=100 HTTP/1.1",
	    "reversals: path");
	is_str(ids(json_get(reply.object, "data")), "trr_1 ", "reversals: ids");
	is_int(stripe_reversal_list(&stripe, "tr_1", &reply), STRIPE_UNKNOWN,
	    "reversals: one of another transfer");
	is_int(stripe_reversal_list(&stripe, "tr_1/../x", &reply), STRIPE_REFUSED,
	    "reversals: no id of Stripe's");
	is_int((int64_t)scripted_count(server), 4, "reversals: nothing is sent for such an id");
	scripted_stop(server);
	arena_reset(&arena);
}

/* Reads refunds from pages that are all the same and say that there are more. */
static void
test_too_much(const char *page, const char *message, size_t requests)
{
	struct scripted_step steps[LIMIT_STRIPE_LIST_PAGES + 2] = { { 0 } };
	struct scripted_server *server;
	struct stripe_reply reply;
	struct stripe stripe;

	for (size_t i = 0; i <= LIMIT_STRIPE_LIST_PAGES; i++)
		steps[i] = (struct scripted_step)ANSWERED(200, page);
	server = scripted_start(steps);
	stripe = scripted_stripe(&arena, server);
	is_int(stripe_refund_list(&stripe, "pi_1", &reply), STRIPE_UNKNOWN, "%s: result", message);
	ok(reply.object == NULL, "%s: no object", message);
	is_str(reply.message, message, "%s: the reason", message);
	is_int((int64_t)scripted_count(server), (int64_t)requests, "%s: requests", message);
	scripted_stop(server);
	arena_reset(&arena);
}

static const char *
big_page(void)
{
	static char filling[LIMIT_UPSTREAM_BODY_BYTES - 1000];

	memset(filling, 'x', sizeof(filling) - 1);
	return arena_printf(&arena,
	    PAGE("[{\"id\":\"re_1\",\"payment_intent\":\"pi_1\",\"x\":\"%s\"}]", "true"), filling);
}

/* --- by element ------------------------------------------------------------- */

/* The elements of a page: id, type, and their text or "-" for too large. */
static const char *
shown(const struct stripe_elements *page)
{
	const char *text = "";

	for (size_t i = 0; i < page->count; i++) {
		const struct stripe_element *e = &page->elements[i];

		text = arena_printf(&arena, "%s%s %s %s;", text, e->id == NULL ? "?" : e->id,
		    e->type == NULL ? "?" : e->type, e->text == NULL ? "-" : e->text);
	}
	return text;
}

/* clang-format off */
static const struct page_case {
	const char *name;
	struct scripted_step step;
	enum stripe_result result;
	const char *shown;
	const char *last_id;
	bool has_more;
} page_cases[] = {
	{ "empty", LAST(""), STRIPE_OK, "", NULL, false },
	{ "two", MORE("{\"id\":\"txn_2\",\"source\":{\"id\":\"re_1\"}} ,\n{\"id\":\"txn_1\"}"),
	    STRIPE_OK, "txn_2 ? {\"id\":\"txn_2\",\"source\":{\"id\":\"re_1\"}} ;"
	    "txn_1 ? {\"id\":\"txn_1\"};", "txn_1", true },
	{ "unreadable ones", MORE("{\"id\":\"evt_3\",\"type\":\"a.b\",\"x\":\"\\ud800\"},"
	    "{\"id\":\"evt_2\",,\"y\":01},{\"x\":\"]}\\\"\"}"), STRIPE_OK,
	    "evt_3 a.b {\"id\":\"evt_3\",\"type\":\"a.b\",\"x\":\"\\ud800\"};"
	    "evt_2 ? {\"id\":\"evt_2\",,\"y\":01};? ? {\"x\":\"]}\\\"\"};", "evt_2", true },
	{ "no objects", MORE("7,null,\"evt_1\",[\"id\"],{\"id\":7},"
	    "{\"id\":\"e/1\"},{\"id\":\"evt_1\"}"),
	    STRIPE_OK, "? ? 7;? ? null;? ? \"evt_1\";? ? [\"id\"];? ? {\"id\":7};"
	    "? ? {\"id\":\"e/1\"};evt_1 ? {\"id\":\"evt_1\"};", "evt_1", true },
	{ "more behind none with an id", MORE("null"), STRIPE_UNKNOWN, "? ? null;", NULL, true },
	{ "more behind nothing", MORE(""), STRIPE_UNKNOWN, "", NULL, true },
	{ "data that is an object", ANSWERED(200, PAGE("{\"id\":\"evt_1\"}", "false")),
	    STRIPE_UNKNOWN, "", NULL, false },
	{ "data that is null", ANSWERED(200, PAGE("null", "false")), STRIPE_UNKNOWN, "", NULL,
	    false },
	{ "data twice", ANSWERED(200, "{\"object\":\"list\",\"data\":[],\"data\":[],"
	    "\"has_more\":false}"),
	    STRIPE_UNKNOWN, "", NULL, false },
	{ "data under another name", ANSWERED(200, "{\"object\":\"list\",\"has_more\":false,"
	    "\"d\\u0061ta\":[{\"id\":\"evt_1\"}]}"), STRIPE_UNKNOWN, "", NULL, false },
	{ "no has_more", ANSWERED(200, "{\"object\":\"list\",\"data\":[]}"), STRIPE_UNKNOWN, "",
	    NULL, false },
	{ "no end", ANSWERED(200, "{\"object\":\"list\",\"has_more\":false,"
	    "\"data\":[{\"id\":\"evt_1\"}"),
	    STRIPE_UNKNOWN, "evt_1 ? -;", "evt_1", false },
	{ "brackets that do not fit", MORE("{\"id\":\"evt_1\",\"a\":[1}"), STRIPE_UNKNOWN,
	    "evt_1 ? {\"id\":\"evt_1\",\"a\":[1}];? ? \"has_more\":true;", "evt_1", false },
	{ "an error", ANSWERED(400, ERROR("")), STRIPE_REFUSED, "", NULL, false },
};
/* clang-format on */

static void
test_elements(void)
{
	for (size_t i = 0; i < sizeof page_cases / sizeof *page_cases; i++) {
		const struct page_case *c = &page_cases[i];
		const struct scripted_step steps[] = { c->step, { 0 } };
		struct scripted_server *server = scripted_start(steps);
		struct stripe stripe = scripted_stripe(&arena, server);
		struct stripe_elements page;
		struct stripe_reply reply;

		is_int(stripe_event_page(&stripe, 1000, NULL, &page, &reply), c->result,
		    "a page by element, %s: result", c->name);
		is_str(shown(&page), c->shown, "a page by element, %s: elements", c->name);
		is_str(page.last_id, c->last_id, "a page by element, %s: the next page", c->name);
		ok(c->result != STRIPE_OK || page.has_more == c->has_more,
		    "a page by element, %s: has_more", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

static void
test_page_requests(void)
{
	static const struct scripted_step steps[] = { MORE("{\"id\":\"txn_1\"}"), LAST(""), { 0 } };
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_reply reply;
	struct stripe_elements page;

	stripe_balance_transaction_page(&stripe, 1000, NULL, &page, &reply);
	is_str(scripted_at(server, 0)->line, TRANSACTIONS "100 HTTP/1.1", "transactions: query");
	stripe_balance_transaction_page(&stripe, 1000, page.last_id, &page, &reply);
	is_str(scripted_at(server, 1)->line, TRANSACTIONS "100&starting_after=txn_1 HTTP/1.1",
	    "transactions, last page: query");
	scripted_stop(server);
	arena_reset(&arena);
}

/* An element whose id stands behind `bytes` of text. */
static const char *
heavy(const char *id, size_t bytes)
{
	char *padding = arena_alloc(&arena, bytes + 1);

	memset(padding, 'x', bytes);
	padding[bytes] = '\0';
	return arena_printf(&arena, "{\"data\":{\"x\":[\"%s\"]},\"id\":\"%s\",\"type\":\"a.b\"}",
	    padding, id);
}

static struct scripted_step
page_of(const char *data, const char *has_more)
{
	return (struct scripted_step)ANSWERED(200,
	    arena_printf(&arena, PAGE("[%s]", "%s"), data, has_more));
}

static void
test_large_element(void)
{
	const char *data = arena_printf(&arena, "{\"id\":\"evt_2\"},%s,{\"id\":\"evt_0\"}",
	    heavy("evt_1", 2700000));
	struct scripted_step steps[] = { page_of(data, "true"), { 0 } };
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_elements page;
	struct stripe_reply reply;

	is_int(stripe_event_page(&stripe, 1000, NULL, &page, &reply), STRIPE_OK,
	    "one element of 2.7 MB: the page is read");
	is_str(shown(&page), "evt_2 ? {\"id\":\"evt_2\"};evt_1 a.b -;evt_0 ? {\"id\":\"evt_0\"};",
	    "one element of 2.7 MB: it alone is left out");
	is_int((int64_t)page.elements[1].bytes, (int64_t)strlen(heavy("evt_1", 2700000)),
	    "one element of 2.7 MB: its size");
	scripted_stop(server);
	arena_reset(&arena);
}

/* Elements that are not too large each, and larger than a page together: 100, then 10. */
static void
test_smaller_pages(void)
{
	const char *data = heavy("evt_9", 50000), *ten = heavy("evt_9", 50000);
	struct scripted_step steps[3] = { { 0 } };
	struct scripted_server *server;
	struct stripe_elements page;
	struct stripe_reply reply;
	struct stripe stripe;

	for (int i = 1; i < 100; i++)
		data = arena_printf(&arena, "%s,%s", data, heavy("evt_8", 50000));
	for (int i = 1; i < 10; i++)
		ten = arena_printf(&arena, "%s,%s", ten, heavy("evt_7", 50000));
	steps[0] = page_of(data, "true");
	steps[1] = page_of(ten, "true");
	server = scripted_start(steps);
	stripe = scripted_stripe(&arena, server);
	is_int(stripe_event_page(&stripe, 1000, "evt_10", &page, &reply), STRIPE_OK,
	    "a page of 5 MB: result");
	is_int((int64_t)page.count, 10, "a page of 5 MB: ten elements are read");
	is_str(page.last_id, "evt_7", "a page of 5 MB: the next page is after these");
	is_int((int64_t)scripted_count(server), 2, "a page of 5 MB: no attempt is repeated");
	is_str(scripted_at(server, 1)->line,
	    "GET /v1/events?created[gte]=1000&limit=10&starting_after=evt_10 HTTP/1.1",
	    "a page of 5 MB: ten elements are asked for");
	scripted_stop(server);
	arena_reset(&arena);
}

/* Larger than the whole of any answer: its id is found when it stands in front. */
static void
test_huge_element(const char *before, enum stripe_result result, const char *elements)
{
	char *padding = arena_alloc(&arena, LIMIT_STRIPE_PAGE_BYTES + 1);
	struct scripted_step steps[4] = { { 0 } };
	struct scripted_server *server;
	struct stripe_elements page;
	struct stripe_reply reply;
	struct stripe stripe;

	memset(padding, 'x', LIMIT_STRIPE_PAGE_BYTES);
	padding[LIMIT_STRIPE_PAGE_BYTES] = '\0';
	for (size_t i = 0; i < 3; i++)
		steps[i] =
		    page_of(arena_printf(&arena, "{%s\"x\":\"%s\"}", before, padding), "false");
	server = scripted_start(steps);
	stripe = scripted_stripe(&arena, server);
	is_int(stripe_event_page(&stripe, 1000, NULL, &page, &reply), result,
	    "a huge element {%s...: result", before);
	is_str(shown(&page), elements, "a huge element {%s...: what is known of it", before);
	ok(result != STRIPE_OK || page.has_more,
	    "a huge element {%s...: the next page is asked for", before);
	is_int((int64_t)scripted_count(server), 3, "a huge element {%s...: 100, 10, 1 are tried",
	    before);
	scripted_stop(server);
	arena_reset(&arena);
}

/* --- rights ----------------------------------------------------------------- */

/* clang-format off */
static const struct rights_case {
	const char *name;
	struct scripted_step step;
	bool lacks;
} rights_cases[] = {
	{ "a wrong key", ANSWERED(401, ERROR("")), true },
	{ "a restricted key", ANSWERED(403, ERROR("")), true },
	{ "another account", ANSWERED(403, ERROR(",\"code\":\"account_invalid\"")), false },
	{ "a proxy's 403", ANSWERED(403, "<h1>Forbidden</h1>"), false },
	{ "a proxy's 401 in JSON", ANSWERED(401, "{}"), false },
	{ "too many requests", ANSWERED(429, ERROR("")), false },
	{ "a bad request", ANSWERED(400, ERROR("")), false },
	{ "success", LAST(""), false },
};
/* clang-format on */

static void
test_rights(void)
{
	for (size_t i = 0; i < sizeof rights_cases / sizeof *rights_cases; i++) {
		const struct rights_case *c = &rights_cases[i];
		const struct scripted_step steps[] = { c->step, { 0 } };
		struct scripted_server *server = scripted_start(steps);
		struct stripe stripe = scripted_stripe(&arena, server);
		struct stripe_reply reply;
		struct stripe_elements page;

		stripe_balance_transaction_page(&stripe, 1000, NULL, &page, &reply);
		is_int(reply.result == STRIPE_RIGHTS, c->lacks, "rights: %s", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

int
main(void)
{
	arena_init(&arena);
	log_init("test", LOG_LEVEL_ERROR);
	http_init();
	test_whole();
	test_requests();
	test_too_much(PAGE("[" REFUND("re_1") "]", "true"), "the list has too many pages",
	    LIMIT_STRIPE_LIST_PAGES);
	test_too_much(big_page(), "the list is too long", 5);
	test_elements();
	test_page_requests();
	test_large_element();
	test_smaller_pages();
	test_huge_element("\"id\":\"evt_1\",", STRIPE_OK, "evt_1 ? -;");
	test_huge_element("", STRIPE_UNKNOWN, "? ? -;");
	test_rights();
	arena_release(&arena);
	return done();
}
