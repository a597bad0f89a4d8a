/* Protects: the requests for Connect accounts are as documented, and many are read at once. */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_stripe.h"

#define DAY_S 86400
#define EXPRESS \
	"&controller[fees][payer]=application&controller[losses][payments]=application" \
	"&controller[requirement_collection]=stripe&controller[stripe_dashboard][type]=express" \
	"&capabilities[transfers][requested]=true"
#define OURS \
	"&metadata[purser_installation]=ins_1&metadata[purser_api]=prop" \
	"&metadata[purser_tenant]=ten_1&metadata[purser_object]=con_1" \
	"&metadata[purser_attempt]=1&metadata[purser_user]=usr_1"
#define ACCOUNT(id) "{\"id\":\"" id "\",\"object\":\"account\"}"

static struct arena arena;

static struct stripe_account
account(bool recipient, int64_t age_s)
{
	return (struct stripe_account) {
		.owner = {
			.installation = "ins_1",
			.api = "prop",
			.tenant = "ten_1",
			.object = "con_1",
			.attempt = 1,
			.user = "usr_1",
			.old_name = "connect_account_id",
		},
		.country = "US",
		.email = "a@b.test",
		.recipient = recipient,
		.created_s = clock_unix_s() - age_s,
	};
}

static void
test_create(void)
{
	static const struct scripted_step steps[] = { { ANSWER, 200, NULL, ACCOUNT("acct_1"), 0 },
		{ ANSWER, 200, NULL, ACCOUNT("acct_1"), 0 },
		{ ANSWER, 200, NULL, ACCOUNT("nonsense"), 0 }, { 0 } };
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_account home = account(false, 0), abroad = account(true, 22 * 3600);
	struct stripe_reply reply;

	is_int(stripe_account_ensure(&stripe, &home, &reply), STRIPE_OK,
	    "a new account: the call succeeds");
	is_str(scripted_at(server, 0)->line, "POST /v1/accounts HTTP/1.1",
	    "a new account: the request line");
	is_str(scripted_at(server, 0)->body, "country=US&email=a%40b.test" EXPRESS OURS,
	    "a new account: the parameters");
	is_str(scripted_header(scripted_at(server, 0), "Idempotency-Key"), "con_1:create",
	    "a new account: the key");
	is_int(stripe_account_ensure(&stripe, &abroad, &reply), STRIPE_OK,
	    "an account in another country: the call succeeds");
	is_str(scripted_at(server, 1)->body,
	    "country=US&email=a%40b.test" EXPRESS
	    "&tos_acceptance[service_agreement]=recipient" OURS,
	    "an account in another country is a recipient");
	is_int(stripe_account_ensure(&stripe, &home, &reply), STRIPE_UNKNOWN,
	    "an answer without an id of Stripe's is none");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_window(void)
{
	static const struct scripted_step steps[] = {
		{ ANSWER, 200, NULL,
		    "{\"object\":\"list\",\"has_more\":false,\"data\":[{\"id\":\"acct_0\"},"
		    "{\"id\":\"acct_2\",\"metadata\":{\"purser_object\":\"con_1\"}},"
		    "{\"id\":\"acct_1\",\"metadata\":{\"purser_object\":\"con_1\","
		    "\"purser_installation\":\"ins_1\",\"purser_api\":\"prop\","
		    "\"purser_tenant\":\"ten_1\"}}]}",
		    0 },
		{ ANSWER, 200, NULL, "{\"object\":\"list\",\"has_more\":false,\"data\":[]}", 0 },
		{ 0 }
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_account closing = account(false, DAY_S - 1800);
	struct stripe_account closed = account(false, DAY_S + 1);
	struct stripe_reply reply;

	is_int(stripe_account_ensure(&stripe, &closing, &reply), STRIPE_UNKNOWN,
	    "an hour before Stripe may forget the key: the result is unknown");
	is_int((int64_t)scripted_count(server), 0,
	    "an hour before Stripe may forget the key: nothing is sent");
	is_int(stripe_account_ensure(&stripe, &closed, &reply), STRIPE_OK,
	    "after Stripe may have forgotten the key: the call succeeds");
	is_str(json_text(json_get(reply.object, "id")), "acct_1",
	    "after Stripe may have forgotten the key: the account is looked up");
	is_int(stripe_account_ensure(&stripe, &closed, &reply), STRIPE_OK,
	    "an account that is not found by metadata: the call succeeds");
	ok(reply.object == NULL, "an account that is not found by metadata: no object");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_link(void)
{
	static const struct scripted_step steps[] = {
		{ ANSWER, 200, NULL, "{\"object\":\"account_link\",\"url\":\"https://x/1\"}", 0 },
		{ ANSWER, 200, NULL, "{\"object\":\"account_link\",\"url\":\"https://x/2\"}", 0 },
		{ ANSWER, 200, NULL, "{\"object\":\"account_link\"}", 0 }, { 0 }
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_reply reply;
	char first[256];

	is_int(stripe_account_link_create(&stripe, "acct_1", "https://a.test/r?x=1",
		   "https://a.test/f", &reply),
	    STRIPE_OK, "an account link: the call succeeds");
	is_str(json_text(json_get(reply.object, "url")), "https://x/1",
	    "an account link: the url is in the answer");
	is_str(scripted_at(server, 0)->body,
	    "account=acct_1&type=account_onboarding&return_url=https%3A%2F%2Fa.test%2Fr%3Fx%3D1"
	    "&refresh_url=https%3A%2F%2Fa.test%2Ff",
	    "an account link: the parameters");
	strcpy(first, scripted_header(scripted_at(server, 0), "Idempotency-Key"));
	ok(strncmp(first, "acct_1:lnk_", 11) == 0, "an account link: the key: %s", first);
	is_int(stripe_account_link_create(&stripe, "acct_1", "https://r", "https://f", &reply),
	    STRIPE_OK, "a second account link: the call succeeds");
	ok(strcmp(first, scripted_header(scripted_at(server, 1), "Idempotency-Key")) != 0,
	    "a second account link: another key");
	is_int(stripe_account_link_create(&stripe, "acct_1", "https://r", "https://f", &reply),
	    STRIPE_UNKNOWN, "an account link without url is no answer");
	scripted_stop(server);
	arena_reset(&arena);
}

/* One server for each, so that the order of arrival does not matter. */
static void
test_many(void)
{
	static const struct scripted_step steps[] = { { ANSWER, 200, NULL, ACCOUNT("acct_1"), 0 },
		{ ANSWER, 200, NULL, ACCOUNT("acct_1"), 0 },
		{ ANSWER, 200, NULL, ACCOUNT("acct_1"), 0 }, { 0 } };
	static const char *const ids[] = { "acct_1", "acct_2", "acct_1" };
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_reply replies[3];
	int64_t start_ms = clock_monotonic_ms();

	stripe_account_get_many(&stripe, ids, 3, replies);
	is_int(replies[0].result, STRIPE_OK, "many accounts: the first is read");
	is_int(replies[1].result, STRIPE_UNKNOWN,
	    "many accounts: an answer about another account is none");
	ok(replies[1].object == NULL,
	    "many accounts: an answer about another account shows nothing");
	is_int(replies[2].result, STRIPE_OK,
	    "many accounts: the accounts after a wrong answer are read");
	stripe.deadline_ms = start_ms;
	stripe_account_get_many(&stripe, ids, 3, replies);
	is_int(replies[0].result, STRIPE_UNKNOWN,
	    "many accounts after the deadline: the result is unknown");
	is_int((int64_t)scripted_count(server), 3,
	    "many accounts after the deadline: nothing is sent");
	scripted_stop(server);
	arena_reset(&arena);
}

int
main(void)
{
	arena_init(&arena);
	log_init("test", LOG_LEVEL_ERROR);
	http_init();
	test_create();
	test_window();
	test_link();
	test_many();
	arena_release(&arena);
	return done();
}
