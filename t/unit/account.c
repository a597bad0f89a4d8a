/* Protects: the requests for Connect accounts are as documented, and many are read at once. */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_server.h"

#define DAY_S 86400
#define EXPRESS \
	"&controller[fees][payer]=application&controller[losses][payments]=application" \
	"&controller[requirement_collection]=stripe&controller[stripe_dashboard][type]=express" \
	"&capabilities[transfers][requested]=true"
#define OURS "&metadata[connect_account_id]=con_1&metadata[user_id]=usr_1"
#define ACCOUNT(id) "{\"id\":\"" id "\",\"object\":\"account\"}"

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

static struct stripe_account
account(bool recipient, int64_t age_s)
{
	return (struct stripe_account) { "con_1", "usr_1", "US", "a@b.test", recipient,
		clock_unix_s() - age_s };
}

static void
test_create(void)
{
	static const struct scripted_step steps[] = { { ANSWER, 200, NULL, ACCOUNT("acct_1"), 0 },
		{ ANSWER, 200, NULL, ACCOUNT("acct_1"), 0 },
		{ ANSWER, 200, NULL, ACCOUNT("nonsense"), 0 }, { 0 } };
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = client(server);
	struct stripe_account home = account(false, 0), abroad = account(true, 22 * 3600);
	struct stripe_reply reply;

	is_int(stripe_account_ensure(&stripe, &home, &reply), STRIPE_OK, "made");
	is_str(scripted_at(server, 0)->line, "POST /v1/accounts HTTP/1.1", "... by this call");
	is_str(scripted_at(server, 0)->body, "country=US&email=a%40b.test" EXPRESS OURS,
	    "... with these parameters");
	is_str(scripted_header(scripted_at(server, 0), "Idempotency-Key"), "con_1:create",
	    "... under this key");
	is_int(stripe_account_ensure(&stripe, &abroad, &reply), STRIPE_OK, "abroad");
	is_str(scripted_at(server, 1)->body,
	    "country=US&email=a%40b.test" EXPRESS
	    "&tos_acceptance[service_agreement]=recipient" OURS,
	    "... as a recipient");
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
		    "{\"id\":\"acct_1\",\"metadata\":{\"connect_account_id\":\"con_1\"}}]}",
		    0 },
		{ ANSWER, 200, NULL, "{\"object\":\"list\",\"has_more\":false,\"data\":[]}", 0 },
		{ 0 }
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = client(server);
	struct stripe_account closing = account(false, DAY_S - 1800);
	struct stripe_account closed = account(false, DAY_S + 1);
	struct stripe_reply reply;

	is_int(stripe_account_ensure(&stripe, &closing, &reply), STRIPE_UNKNOWN,
	    "an hour before the key may be gone");
	is_int((int64_t)scripted_count(server), 0, "... nothing is sent");
	is_int(stripe_account_ensure(&stripe, &closed, &reply), STRIPE_OK, "afterwards");
	is_str(json_text(json_get(reply.object, "id")), "acct_1", "... it is looked up");
	is_int(stripe_account_ensure(&stripe, &closed, &reply), STRIPE_OK, "or not found");
	ok(reply.object == NULL, "... which is told");
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
	struct stripe stripe = client(server);
	struct stripe_reply reply;
	char first[256];

	is_int(stripe_account_link_create(&stripe, "acct_1", "https://a.test/r?x=1",
		   "https://a.test/f", &reply),
	    STRIPE_OK, "a link");
	is_str(json_text(json_get(reply.object, "url")), "https://x/1", "... is in the answer");
	is_str(scripted_at(server, 0)->body,
	    "account=acct_1&type=account_onboarding&return_url=https%3A%2F%2Fa.test%2Fr%3Fx%3D1"
	    "&refresh_url=https%3A%2F%2Fa.test%2Ff",
	    "... for these parameters");
	strcpy(first, scripted_header(scripted_at(server, 0), "Idempotency-Key"));
	ok(strncmp(first, "acct_1:lnk_", 11) == 0, "... under a key of its own: %s", first);
	is_int(stripe_account_link_create(&stripe, "acct_1", "https://r", "https://f", &reply),
	    STRIPE_OK, "another");
	ok(strcmp(first, scripted_header(scripted_at(server, 1), "Idempotency-Key")) != 0,
	    "... under another key");
	is_int(stripe_account_link_create(&stripe, "acct_1", "https://r", "https://f", &reply),
	    STRIPE_UNKNOWN, "an answer without url is none");
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
	struct stripe stripe = client(server);
	struct stripe_reply replies[3];
	int64_t start_ms = clock_monotonic_ms();

	stripe_account_get_many(&stripe, ids, 3, replies);
	is_int(replies[0].result, STRIPE_OK, "one of many");
	is_int(replies[1].result, STRIPE_UNKNOWN, "an answer about another account is none");
	ok(replies[1].object == NULL, "... and shows nothing");
	is_int(replies[2].result, STRIPE_OK, "the others stand");
	stripe.deadline_ms = start_ms;
	stripe_account_get_many(&stripe, ids, 3, replies);
	is_int(replies[0].result, STRIPE_UNKNOWN, "after the deadline nothing");
	is_int((int64_t)scripted_count(server), 3, "... is sent");
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
