/*
 * Protects: a list of Stripe's is read to its last page or not at all; half of it never looks like
 * all of it.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_server.h"

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
#define TRANSACTIONS \
	"GET /v1/balance_transactions?created[gte]=1000&expand[0]=data.source&limit=100"

static struct arena arena;

static struct conf conf = {
	.stripe_secret_key = (char[]) { "sk_test_1" },
	.stripe_timeout_ms = 5000,
	.stripe_deadline_ms = 20000,
};

static struct stripe
client(struct scripted_server *server)
{
	struct stripe stripe;

	conf.stripe_api_base = arena_strdup(&arena, scripted_url(server));
	stripe_init(&stripe, &conf, &arena, NULL);
	stripe.backoff_ms = 1;
	return stripe;
}

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
		struct stripe stripe = client(server);
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
	struct stripe stripe = client(server);
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
	stripe = client(server);
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

/* --- one page --------------------------------------------------------------- */

static void
test_page(void)
{
	static const struct scripted_step steps[] = {
		MORE("{\"id\":\"txn_2\",\"source\":{\"id\":\"re_1\"}},{\"id\":\"txn_1\"}"),
		LAST(""), MORE("{\"id\":\"txn_1\"},{\"amount\":1}"), { 0 }
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = client(server);
	struct stripe_reply reply;
	struct stripe_page page;

	is_int(stripe_balance_transaction_page(&stripe, 1000, NULL, &page, &reply), STRIPE_OK,
	    "transactions: result");
	is_str(scripted_at(server, 0)->line, TRANSACTIONS " HTTP/1.1", "transactions: query");
	is_str(ids(page.data), "txn_2 txn_1 ", "transactions: ids");
	ok(page.has_more, "transactions: there are more");
	is_str(page.last_id, "txn_1", "transactions: where the next page starts");
	is_int(stripe_balance_transaction_page(&stripe, 1000, page.last_id, &page, &reply),
	    STRIPE_OK, "transactions, last page: result");
	is_str(scripted_at(server, 1)->line, TRANSACTIONS "&starting_after=txn_1 HTTP/1.1",
	    "transactions, last page: query");
	ok(!page.has_more && page.last_id == NULL && json_length(page.data) == 0,
	    "transactions, last page: it is empty");
	is_int(stripe_balance_transaction_page(&stripe, 1000, NULL, &page, &reply), STRIPE_UNKNOWN,
	    "transactions: one without an id spoils the page");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_malformed_event(void)
{
	static const struct scripted_step steps[] = { MORE("{\"id\":\"evt_1\"},{\"id\":7},null"),
		MORE("null"), { 0 } };
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = client(server);
	struct stripe_reply reply;
	struct stripe_page page;

	is_int(stripe_event_page(&stripe, 1000, NULL, &page, &reply), STRIPE_OK,
	    "events: malformed ones are left to the caller");
	is_int((int64_t)json_length(page.data), 3, "events: malformed ones are in the page");
	is_str(page.last_id, "evt_1", "events: the next page starts after the last with an id");
	is_int(stripe_event_page(&stripe, 1000, NULL, &page, &reply), STRIPE_UNKNOWN,
	    "events: more behind none with an id");
	scripted_stop(server);
	arena_reset(&arena);
}

/* Anybody at the Stripe account may write metadata of 27 KB to an object. */
static void
test_heavy_page(void)
{
	static char metadata[100 * 27000];
	struct scripted_step steps[2] = { { 0 } };
	struct scripted_server *server;
	struct stripe stripe;
	struct stripe_reply reply;
	struct stripe_page page;

	memset(metadata, 'x', sizeof(metadata) - 1);
	steps[0].action = ANSWER;
	steps[0].status = 200;
	steps[0].body =
	    arena_printf(&arena, PAGE("[{\"id\":\"txn_1\",\"x\":\"%s\"}]", "false"), metadata);
	server = scripted_start(steps);
	stripe = client(server);
	is_int(stripe_balance_transaction_page(&stripe, 1000, NULL, &page, &reply), STRIPE_OK,
	    "a page of objects with all the metadata that Stripe allows is read");
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
		struct stripe stripe = client(server);
		struct stripe_reply reply;
		struct stripe_page page;

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
	test_page();
	test_malformed_event();
	test_heavy_page();
	test_rights();
	arena_release(&arena);
	return done();
}
