/* Protects: a PaymentIntent is called missing only after every page of the list was read. */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_stripe.h"

/* clang-format off */
#define ITEM(id, payment) \
	"{\"id\":\"" id "\",\"object\":\"payment_intent\",\"amount\":9900," \
	"\"currency\":\"usd\",\"status\":\"canceled\",\"client_secret\":\"s\"," \
	"\"metadata\":{" payment "}}"
#define METADATA(object) \
	"\"purser_installation\":\"ins_1\",\"purser_api\":\"prop\"," \
	"\"purser_tenant\":\"ten_1\",\"purser_object\":\"" object "\""
#define OURS METADATA("pay_1")
#define OTHER METADATA("pay_11")
#define OF_ANOTHER_TENANT \
	"\"purser_installation\":\"ins_1\",\"purser_api\":\"prop\"," \
	"\"purser_tenant\":\"ten_2\",\"purser_object\":\"pay_1\""
#define OLD "\"payment_id\":\"pay_1\""
#define LIST(data, more) "{\"object\":\"list\",\"data\":[" data "],\"has_more\":" more "}"
#define PAGE(data, more) { ANSWER, 200, NULL, LIST(data, more), 0 }
#define MORE PAGE(ITEM("pi_9", OTHER), "true")
/* clang-format on */
#define QUERY "/v1/payment_intents?created[gte]=400&created[lte]=88000&limit=100"

static struct arena arena;

static enum stripe_result
ensure(struct stripe *stripe, int64_t created_s, struct stripe_reply *reply)
{
	const struct stripe_checkout checkout = {
		.owner = {
			.installation = "ins_1",
			.api = "prop",
			.tenant = "ten_1",
			.object = "pay_1",
			.attempt = 1,
			.user = "usr_1",
			.old_name = "payment_id",
		},
		.amount_cents = "9900",
		.currency = "usd",
		.tier_id = "tier_1",
		.created_s = created_s,
	};

	return stripe_payment_intent_ensure(stripe, &checkout, reply);
}

/* Asked for so long ago that Stripe may have forgotten its key. */
static enum stripe_result
look_up(struct stripe *stripe, struct stripe_reply *reply)
{
	return ensure(stripe, 1000, reply);
}

/* clang-format off */
static const struct find_case {
	const char *name;
	struct scripted_step steps[4];
	int requests;
	enum stripe_result result;
	const char *id;
} find_cases[] = {
	{ "none at all", { PAGE("", "false") }, 1, STRIPE_OK, NULL },
	{ "only others", { PAGE(ITEM("pi_1", OTHER) "," ITEM("pi_2", ""), "false") }, 1,
	    STRIPE_OK, NULL },
	{ "on the first page", { PAGE(ITEM("pi_1", OTHER) "," ITEM("pi_2", OURS), "true") }, 1,
	    STRIPE_OK, "pi_2" },
	{ "on the third page", { PAGE(ITEM("pi_3", OTHER), "true"),
	    PAGE(ITEM("pi_2", OTHER), "true"), PAGE(ITEM("pi_1", OURS), "false") }, 3,
	    STRIPE_OK, "pi_1" },
	{ "with the old name", { PAGE(ITEM("pi_1", OTHER) "," ITEM("pi_2", OLD), "false") }, 1,
	    STRIPE_OK, "pi_2" },
	{ "behind one whose metadata names the row and another tenant",
	    { PAGE(ITEM("pi_2", OF_ANOTHER_TENANT), "true"), PAGE(ITEM("pi_1", OURS), "false") }, 2,
	    STRIPE_OK, "pi_1" },
	{ "only one whose metadata names the row and another tenant",
	    { PAGE(ITEM("pi_2", OF_ANOTHER_TENANT), "true"), PAGE("", "false") }, 2,
	    STRIPE_UNKNOWN, NULL },
	{ "a page fails", { PAGE(ITEM("pi_3", OTHER), "true"),
	    { ANSWER, 401, NULL, "{\"error\":{\"type\":\"invalid_request_error\","
	    "\"code\":\"api_key_expired\",\"message\":\"Expired\"}}", 0 } }, 2,
	    STRIPE_RIGHTS, NULL },
	{ "no data", { { ANSWER, 200, NULL, "{\"object\":\"list\",\"has_more\":false}", 0 } },
	    1, STRIPE_UNKNOWN, NULL },
	{ "no has_more", { { ANSWER, 200, NULL, "{\"object\":\"list\",\"data\":[]}", 0 } }, 1,
	    STRIPE_UNKNOWN, NULL },
	{ "an empty page with more", { PAGE("", "true") }, 1, STRIPE_UNKNOWN, NULL },
	{ "an item without id", { PAGE("{\"metadata\":{}}", "false") }, 1, STRIPE_UNKNOWN,
	    NULL },
};
/* clang-format on */

static void
test_find(void)
{
	for (size_t i = 0; i < sizeof find_cases / sizeof *find_cases; i++) {
		const struct find_case *c = &find_cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		struct stripe stripe = scripted_stripe(&arena, server);
		struct stripe_reply reply;

		is_int(look_up(&stripe, &reply), c->result, "%s: result", c->name);
		is_int(reply.result, c->result, "%s: the same in the reply", c->name);
		is_str(json_text(json_get(reply.object, "id")), c->id, "%s: found", c->name);
		is_int((int64_t)scripted_count(server), c->requests, "%s: requests", c->name);
		ok((reply.message != NULL) == (c->result != STRIPE_OK), "%s: message", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

static void
test_find_requests(void)
{
	struct scripted_server *server = scripted_start(find_cases[3].steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_reply reply;

	is_int(look_up(&stripe, &reply), STRIPE_OK,
	    "a list of three pages: the PaymentIntent is found");
	is_str(scripted_at(server, 0)->line, "GET " QUERY " HTTP/1.1",
	    "a list of three pages: the first request");
	is_str(scripted_at(server, 1)->line, "GET " QUERY "&starting_after=pi_3 HTTP/1.1",
	    "a list of three pages: the second request goes on after the first page");
	is_str(scripted_at(server, 2)->line, "GET " QUERY "&starting_after=pi_2 HTTP/1.1",
	    "a list of three pages: the third request goes on after the second page");
	scripted_stop(server);

	server = scripted_start(find_cases[7].steps);
	stripe = scripted_stripe(&arena, server);
	is_int(look_up(&stripe, &reply), STRIPE_RIGHTS,
	    "a page that fails: the result is that the key has no right to it");
	is_str(reply.code, "api_key_expired", "a page that fails: the code is kept");
	is_str(reply.message, "our key may not make GET /v1/payment_intents: Expired",
	    "a page that fails: the message is kept");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_find_endless(void)
{
	static struct scripted_step steps[61];
	struct scripted_server *server;
	struct stripe stripe;
	struct stripe_reply reply;

	for (size_t i = 0; i < 60; i++)
		steps[i] = (struct scripted_step)MORE;
	server = scripted_start(steps);
	stripe = scripted_stripe(&arena, server);
	is_int(look_up(&stripe, &reply), STRIPE_UNKNOWN,
	    "a list without end: the result is unknown");
	is_int((int64_t)scripted_count(server), 50, "a list without end: 50 pages are read");
	scripted_stop(server);
	arena_reset(&arena);
}

/* --- create and get ----------------------------------------------------------------- */

/* clang-format off */
#define INTENT(id, amount, currency, payment, secret) \
	"{\"object\":\"payment_intent\",\"id\":" id ",\"amount\":" amount ",\"currency\":\"" \
	currency "\",\"status\":\"requires_payment_method\",\"metadata\":{" payment "}," \
	"\"client_secret\":" secret "}"

static const struct {
	const char *name;
	const char *answer;
} not_ours[] = {
	{ "nothing else", "{\"object\":\"payment_intent\"}" },
	{ "no id", INTENT("null", "9900", "usd", OURS, "\"s\"") },
	{ "an id of another kind", INTENT("\"../x\"", "9900", "usd", OURS, "\"s\"") },
	{ "another amount", INTENT("\"pi_1\"", "99", "usd", OURS, "\"s\"") },
	{ "an amount as text", INTENT("\"pi_1\"", "\"9900\"", "usd", OURS, "\"s\"") },
	{ "another currency", INTENT("\"pi_1\"", "9900", "eur", OURS, "\"s\"") },
	{ "another payment", INTENT("\"pi_1\"", "9900", "usd", OTHER, "\"s\"") },
	{ "no payment", INTENT("\"pi_1\"", "9900", "usd", "", "\"s\"") },
	{ "no secret", INTENT("\"pi_1\"", "9900", "usd", OURS, "null") },
};
/* clang-format on */

/* Asked for just now. */
static enum stripe_result
create(struct stripe *stripe, struct stripe_reply *reply)
{
	return ensure(stripe, clock_unix_s(), reply);
}

static void
test_create(void)
{
	static const struct scripted_step steps[] = {
		{ ANSWER, 200, NULL, INTENT("\"pi_1\"", "9900", "usd", OURS, "\"s\""), 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_reply reply;

	is_int(create(&stripe, &reply), STRIPE_OK, "create: the call succeeds");
	is_str(scripted_at(server, 0)->body,
	    "amount=9900&currency=usd&automatic_payment_methods[enabled]=true"
	    "&metadata[purser_tier]=tier_1&metadata[purser_installation]=ins_1"
	    "&metadata[purser_api]=prop&metadata[purser_tenant]=ten_1"
	    "&metadata[purser_object]=pay_1&metadata[purser_attempt]=1"
	    "&metadata[purser_user]=usr_1",
	    "create: body");
	is_str(scripted_header(scripted_at(server, 0), "Idempotency-Key"), "pay_1:create",
	    "create: key");
	scripted_stop(server);
	arena_reset(&arena);
}

/* A 200 with another PaymentIntent says nothing about ours. */
static void
test_create_not_ours(size_t i)
{
	const struct scripted_step steps[] = {
		{ ANSWER, 200, NULL, not_ours[i].answer, 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_reply reply;

	is_int(create(&stripe, &reply), STRIPE_UNKNOWN, "create: %s", not_ours[i].name);
	ok(reply.object == NULL, "create: %s is no object", not_ours[i].name);
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_get(void)
{
	static const struct scripted_step steps[] = {
		{ ANSWER, 200, NULL, ITEM("pi_1", OURS), 0 },
		{ ANSWER, 200, NULL, ITEM("pi_2", OURS), 0 },
		{ ANSWER, 200, NULL, "{\"id\":\"du_1\",\"object\":\"dispute\"}", 0 },
		{ ANSWER, 200, NULL, LIST("", "false"), 0 },
		{ ANSWER, 200, NULL, LIST("", "false"), 0 },
		{ ANSWER, 200, NULL, LIST("", "false"), 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_elements page;
	struct stripe_reply reply;

	is_int(stripe_payment_intent_get(&stripe, "pi_1", &reply), STRIPE_OK,
	    "get: the call succeeds");
	is_str(scripted_at(server, 0)->line, "GET /v1/payment_intents/pi_1 HTTP/1.1", "get: path");
	is_int(stripe_payment_intent_get(&stripe, "pi_1", &reply), STRIPE_UNKNOWN,
	    "get: another id in the answer");
	ok(reply.object == NULL && reply.message != NULL,
	    "get: another id in the answer is no object");
	is_int(stripe_payment_intent_get(&stripe, "pi_1/../../x", &reply), STRIPE_REFUSED,
	    "get: no id of Stripe's");
	is_int((int64_t)scripted_count(server), 2,
	    "get: nothing is sent for an id that is none of Stripe's");
	is_int(stripe_dispute_get(&stripe, "du_1", &reply), STRIPE_OK,
	    "dispute: the call succeeds");
	is_str(scripted_at(server, 2)->line,
	    "GET /v1/disputes/du_1?expand[0]=payment_intent HTTP/1.1", "dispute: path");
	is_int(stripe_refund_list(&stripe, "pi_1", &reply), STRIPE_OK,
	    "refunds: the call succeeds");
	is_str(scripted_at(server, 3)->line,
	    "GET /v1/refunds?payment_intent=pi_1&limit=100 HTTP/1.1", "refunds: query");
	is_int(stripe_refund_list(&stripe, "", &reply), STRIPE_REFUSED,
	    "refunds: an empty id is refused");
	is_int((int64_t)scripted_count(server), 4, "refunds: nothing is sent for an empty id");
	is_int(stripe_event_page(&stripe, 1000, NULL, &page, &reply), STRIPE_OK,
	    "events: the call succeeds");
	is_str(scripted_at(server, 4)->line, "GET /v1/events?created[gte]=1000&limit=100 HTTP/1.1",
	    "events: query");
	is_int(stripe_event_page(&stripe, 1000, "evt_1", &page, &reply), STRIPE_OK,
	    "events: the call for the next page succeeds");
	is_str(scripted_at(server, 5)->line,
	    "GET /v1/events?created[gte]=1000&limit=100&starting_after=evt_1 HTTP/1.1",
	    "events: the query for the next page");
	scripted_stop(server);
	arena_reset(&arena);
}

int
main(void)
{
	arena_init(&arena);
	log_init("test", LOG_LEVEL_ERROR);
	http_init();
	test_find();
	test_find_requests();
	test_find_endless();
	test_create();
	for (size_t i = 0; i < sizeof not_ours / sizeof *not_ours; i++)
		test_create_not_ours(i);
	test_get();
	arena_release(&arena);
	return done();
}
