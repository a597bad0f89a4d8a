/*
 * Protects: every answer of Stripe's means the same for every call, and what is said of another
 * object is never held against the one that was asked about.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_stripe.h"

#define NOTHING "{\"object\":\"list\",\"has_more\":false,\"data\":[]}"
#define ANY "any" /* a parameter that is not named */

static struct arena arena;

/* --- the calls ------------------------------------------------------------------- */

static const struct stripe_owner owner = {
	.installation = "ins_1",
	.api = "prop",
	.tenant = "ten_1",
	.object = "row_1",
	.attempt = 1,
	.user = "usr_1",
};

static void
payment_intent_create(struct stripe *stripe, struct stripe_reply *reply)
{
	const struct stripe_checkout checkout = { owner, "100", "usd", "tier", clock_unix_s() };

	stripe_payment_intent_ensure(stripe, &checkout, reply);
}

static void
account_create(struct stripe *stripe, struct stripe_reply *reply)
{
	const struct stripe_account account = { owner, "US", "a@b.test", false, clock_unix_s() };

	stripe_account_ensure(stripe, &account, reply);
}

static void
account_link(struct stripe *stripe, struct stripe_reply *reply)
{
	stripe_account_link_create(stripe, "acct_1", "https://a.test", "https://a.test", reply);
}

static void
transfer_create(struct stripe *stripe, struct stripe_reply *reply)
{
	const struct stripe_transfer transfer = { owner, "100", "usd", "acct_1", clock_unix_s(),
		false, NULL };

	stripe_transfer_ensure(stripe, &transfer, reply);
}

static void
refund_create(struct stripe *stripe, struct stripe_reply *reply)
{
	const struct stripe_refund refund = { owner, "pi_1", "100", clock_unix_s() };

	stripe_refund_ensure(stripe, &refund, reply);
}

static void
account_get(struct stripe *stripe, struct stripe_reply *reply)
{
	stripe_account_get(stripe, "acct_1", reply);
}

static void
account_get_many(struct stripe *stripe, struct stripe_reply *reply)
{
	const char *const ids[] = { "acct_1" };

	stripe_account_get_many(stripe, ids, 1, reply);
}

static void
payment_intent_get(struct stripe *stripe, struct stripe_reply *reply)
{
	stripe_payment_intent_get(stripe, "pi_1", reply);
}

static void
transfer_get(struct stripe *stripe, struct stripe_reply *reply)
{
	stripe_transfer_get(stripe, "tr_1", reply);
}

static void
dispute_get(struct stripe *stripe, struct stripe_reply *reply)
{
	stripe_dispute_get(stripe, "du_1", reply);
}

static void
refund_list(struct stripe *stripe, struct stripe_reply *reply)
{
	stripe_refund_list(stripe, "pi_1", reply);
}

static void
reversal_list(struct stripe *stripe, struct stripe_reply *reply)
{
	stripe_reversal_list(stripe, "tr_1", reply);
}

static void
event_page(struct stripe *stripe, struct stripe_reply *reply)
{
	struct stripe_elements page;

	stripe_event_page(stripe, 1000, NULL, &page, reply);
}

static void
balance_transaction_page(struct stripe *stripe, struct stripe_reply *reply)
{
	struct stripe_elements page;

	stripe_balance_transaction_page(stripe, 1000, NULL, &page, reply);
}

/* clang-format off */
static const struct {
	const char *name;
	void (*make)(struct stripe *stripe, struct stripe_reply *reply);
	const char *names_account; /* the parameter that names one, or ANY: the path does */
} calls[] = {
	{ "create a payment intent", payment_intent_create, NULL },
	{ "create an account", account_create, NULL },
	{ "create an account link", account_link, "account" },
	{ "create a transfer", transfer_create, "destination" },
	{ "create a refund", refund_create, NULL },
	{ "read an account", account_get, ANY },
	{ "read many accounts", account_get_many, ANY },
	{ "read a payment intent", payment_intent_get, NULL },
	{ "read a transfer", transfer_get, NULL },
	{ "read a dispute", dispute_get, NULL },
	{ "list refunds", refund_list, NULL },
	{ "list reversals", reversal_list, NULL },
	{ "list events", event_page, NULL },
	{ "list balance transactions", balance_transaction_page, NULL },
};

/* --- the answers ----------------------------------------------------------------- */

static const struct answer {
	int status;
	const char *code;
	const char *param;
	enum stripe_result result;
	/* the account that is gone: of this parameter, ANY = whatever names one; NULL = none is */
	const char *gone;
} answers[] = {
	{ 403, "account_invalid", NULL, STRIPE_UNKNOWN, ANY },
	{ 400, "account_invalid", "destination", STRIPE_UNKNOWN, "destination" },
	{ 400, "resource_missing", "destination", STRIPE_REFUSED, "destination" },
	{ 400, "resource_missing", "account", STRIPE_REFUSED, "account" },
	{ 400, "resource_missing", "source_transaction", STRIPE_REFUSED, "-" },
	{ 404, "resource_missing", "payment_intent", STRIPE_REFUSED, "-" },
	{ 404, "resource_missing", "id", STRIPE_REFUSED, "-" },
	{ 404, "resource_missing", NULL, STRIPE_REFUSED, "-" },
	{ 400, "no_account", NULL, STRIPE_REFUSED, NULL },
	{ 400, "account_closed", NULL, STRIPE_REFUSED, NULL },
	{ 400, "transfers_not_allowed", NULL, STRIPE_REFUSED, NULL },
	{ 400, "payouts_not_allowed", NULL, STRIPE_REFUSED, NULL },
	{ 400, "capability_not_active", NULL, STRIPE_REFUSED, NULL },
	{ 400, "insufficient_capabilities_for_transfer", NULL, STRIPE_REFUSED, NULL },
	{ 400, "country_unsupported", "country", STRIPE_REFUSED, NULL },
	{ 400, "parameter_missing", "amount", STRIPE_REFUSED, NULL },
	{ 400, "parameter_unknown", "amuont", STRIPE_REFUSED, NULL },
	{ 400, "parameter_invalid_integer", "amount", STRIPE_REFUSED, NULL },
	{ 400, "amount_too_small", "amount", STRIPE_REFUSED, NULL },
	{ 400, "amount_too_large", "amount", STRIPE_REFUSED, NULL },
	{ 400, "charge_already_refunded", NULL, STRIPE_REFUSED, NULL },
	{ 400, "charge_disputed", NULL, STRIPE_REFUSED, NULL },
	{ 400, "payment_intent_unexpected_state", NULL, STRIPE_REFUSED, NULL },
	{ 402, "card_declined", NULL, STRIPE_REFUSED, NULL },
	{ 400, "a_code_of_next_year", NULL, STRIPE_REFUSED, NULL },
	{ 400, NULL, NULL, STRIPE_REFUSED, NULL },
	{ 422, NULL, NULL, STRIPE_REFUSED, NULL },
	{ 400, "balance_insufficient", NULL, STRIPE_REFUSED_FOR_NOW, NULL },
	{ 402, "balance_insufficient", NULL, STRIPE_REFUSED_FOR_NOW, NULL },
	{ 400, "insufficient_funds", NULL, STRIPE_REFUSED_FOR_NOW, NULL },
	{ 400, "payouts_limit_exceeded", NULL, STRIPE_REFUSED_FOR_NOW, NULL },
	{ 429, "lock_timeout", NULL, STRIPE_REFUSED_FOR_NOW, NULL },
	{ 429, "rate_limit", NULL, STRIPE_REFUSED_FOR_NOW, NULL },
	{ 429, NULL, NULL, STRIPE_REFUSED_FOR_NOW, NULL },
	{ 401, NULL, NULL, STRIPE_RIGHTS, NULL },
	{ 401, "api_key_expired", NULL, STRIPE_RIGHTS, NULL },
	{ 400, "platform_api_key_expired", NULL, STRIPE_RIGHTS, NULL },
	{ 403, NULL, NULL, STRIPE_RIGHTS, NULL },
	{ 403, "secret_key_required", NULL, STRIPE_RIGHTS, NULL },
	{ 403, "a_code_of_next_year", NULL, STRIPE_RIGHTS, NULL },
	{ 400, "livemode_mismatch", NULL, STRIPE_RIGHTS, NULL },
	{ 400, "inactive_api_operation_confirmation_required", NULL, STRIPE_RIGHTS, NULL },
	{ 408, NULL, NULL, STRIPE_UNKNOWN, NULL },
	{ 424, NULL, NULL, STRIPE_UNKNOWN, NULL },
	{ 302, "balance_insufficient", NULL, STRIPE_UNKNOWN, NULL },
	{ 599, "account_invalid", NULL, STRIPE_UNKNOWN, NULL },
};
/* clang-format on */

/* Stripe says nothing of an account that a path names but about that one. */
static bool
is_gone(const struct answer *answer, const char *names)
{
	if (answer->gone == NULL || names == NULL)
		return false;
	return strcmp(names, ANY) == 0 || strcmp(answer->gone, ANY) == 0 ||
	    strcmp(answer->gone, names) == 0;
}

static const char *
body_of(const struct answer *answer)
{
	const char *code =
	    answer->code == NULL ? "" : arena_printf(&arena, ",\"code\":\"%s\"", answer->code);
	const char *param =
	    answer->param == NULL ? "" : arena_printf(&arena, ",\"param\":\"%s\"", answer->param);

	return arena_printf(&arena, "{\"error\":{\"type\":\"invalid_request_error\"%s%s}}", code,
	    param);
}

static void
test_table(void)
{
	for (size_t c = 0; c < sizeof calls / sizeof *calls; c++) {
		for (size_t a = 0; a < sizeof answers / sizeof *answers; a++) {
			const struct answer *answer = &answers[a];
			struct scripted_step steps[] = {
				{ ANSWER, answer->status, "Stripe-Should-Retry: false\r\n",
				    body_of(answer), 0 },
				{ ANSWER, 200, NULL, NOTHING, 0 },
				{ 0 },
			};
			struct scripted_server *server = scripted_start(steps);
			struct stripe stripe = scripted_stripe(&arena, server);
			enum stripe_result expected = answer->result;
			struct stripe_reply reply;

			if (is_gone(answer, calls[c].names_account))
				expected = STRIPE_GONE;
			calls[c].make(&stripe, &reply);
			is_int(reply.result, expected, "%s: %d %s of %s", calls[c].name,
			    answer->status, answer->code, answer->param);
			scripted_stop(server);
			arena_reset(&arena);
		}
	}
}

/* --- what else decides ------------------------------------------------------------- */

#define ERROR(code) "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"" code "\"}}"
#define TRANSFER "{\"id\":\"tr_1\",\"object\":\"transfer\"}"
#define FOUND \
	"{\"object\":\"list\",\"has_more\":false,\"data\":[{\"id\":\"tr_9\",\"metadata\":{" \
	"\"purser_installation\":\"ins_1\",\"purser_api\":\"prop\",\"purser_tenant\":\"ten_1\"," \
	"\"purser_object\":\"row_1\"}}]}"

/* clang-format off */
static const struct {
	const char *name;
	struct scripted_step steps[4];
	enum stripe_result result;
	bool key_spent;
} transfers[] = {
	{ "a balance that is too low", { { ANSWER, 400, NULL, ERROR("balance_insufficient"), 0 } },
	    STRIPE_REFUSED_FOR_NOW, true },
	{ "a rate limit", { { ANSWER, 429, NULL, ERROR("rate_limit"), 0 } },
	    STRIPE_REFUSED_FOR_NOW, false },
	{ "an error, then a rate limit", { { ANSWER, 500, NULL, "", 0 },
	    { ANSWER, 429, NULL, ERROR("rate_limit"), 0 } }, STRIPE_UNKNOWN, false },
	{ "a cut, then a lock", { { CUT, 0, NULL, NULL, 0 },
	    { ANSWER, 429, NULL, ERROR("lock_timeout"), 0 } }, STRIPE_UNKNOWN, false },
	{ "an error, then a balance that is too low", { { ANSWER, 500, NULL, "", 0 },
	    { ANSWER, 400, NULL, ERROR("balance_insufficient"), 0 } }, STRIPE_REFUSED_FOR_NOW,
	    true },
	{ "locks for ever", { { ANSWER, 409, NULL, ERROR("lock_timeout"), 0 },
	    { ANSWER, 409, NULL, ERROR("lock_timeout"), 0 },
	    { ANSWER, 409, NULL, ERROR("lock_timeout"), 0 } }, STRIPE_REFUSED_FOR_NOW, false },
	{ "a key at work, then a lock", { { ANSWER, 409, NULL, ERROR("idempotency_key_in_use"), 0 },
	    { ANSWER, 409, NULL, ERROR("lock_timeout"), 0 },
	    { ANSWER, 409, NULL, ERROR("lock_timeout"), 0 } }, STRIPE_UNKNOWN, false },
	{ "an account that is gone, and nothing made before",
	    { { ANSWER, 403, NULL, ERROR("account_invalid"), 0 },
	    { ANSWER, 200, NULL, NOTHING, 0 } },
	    STRIPE_GONE, true },
	{ "an account that is gone, and a transfer made before",
	    { { ANSWER, 403, NULL, ERROR("account_invalid"), 0 }, { ANSWER, 200, NULL, FOUND, 0 } },
	    STRIPE_OK, false },
	{ "an account that is gone, and no answer about what was made",
	    { { ANSWER, 403, NULL, ERROR("account_invalid"), 0 }, { ANSWER, 400, NULL, "", 0 } },
	    STRIPE_UNKNOWN, false },
	{ "an account that is gone, and no right to look",
	    { { ANSWER, 403, NULL, ERROR("account_invalid"), 0 },
	    { ANSWER, 401, NULL, ERROR(""), 0 } }, STRIPE_RIGHTS, true },
	{ "a transfer", { { ANSWER, 200, NULL, TRANSFER, 0 } }, STRIPE_OK, false },
};

static const struct {
	const char *name;
	const char *body;
	enum stripe_result result;
} accounts[] = {
	{ "there", "{\"id\":\"acct_1\",\"object\":\"account\"}", STRIPE_OK },
	{ "not deleted", "{\"id\":\"acct_1\",\"object\":\"account\",\"deleted\":false}",
	    STRIPE_OK },
	{ "deleted", "{\"id\":\"acct_1\",\"object\":\"account\",\"deleted\":true}", STRIPE_GONE },
	{ "deleted, it is not sure",
	    "{\"id\":\"acct_1\",\"object\":\"account\",\"deleted\":\"yes\"}",
	    STRIPE_UNKNOWN },
	{ "another one, deleted", "{\"id\":\"acct_2\",\"object\":\"account\",\"deleted\":true}",
	    STRIPE_UNKNOWN },
};
/* clang-format on */

static void
test_transfers(void)
{
	for (size_t i = 0; i < sizeof transfers / sizeof *transfers; i++) {
		struct scripted_server *server = scripted_start(transfers[i].steps);
		struct stripe stripe = scripted_stripe(&arena, server);
		struct stripe_reply reply;

		transfer_create(&stripe, &reply);
		is_int(reply.result, transfers[i].result, "transfer, %s: result",
		    transfers[i].name);
		is_int(reply.key_spent, transfers[i].key_spent, "transfer, %s: the key",
		    transfers[i].name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

static void
test_accounts(void)
{
	for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
		const struct scripted_step steps[] = {
			{ ANSWER, 200, NULL, accounts[i].body, 0 },
			{ ANSWER, 200, NULL, accounts[i].body, 0 },
			{ 0 },
		};
		struct scripted_server *server = scripted_start(steps);
		struct stripe stripe = scripted_stripe(&arena, server);
		struct stripe_reply reply;

		account_get(&stripe, &reply);
		is_int(reply.result, accounts[i].result, "account, %s", accounts[i].name);
		account_get_many(&stripe, &reply);
		is_int(reply.result, accounts[i].result, "account of many, %s", accounts[i].name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

/* An operator reads which call the key may not make. */
static void
test_rights_message(void)
{
	const struct scripted_step steps[] = {
		{ ANSWER, 403, NULL,
		    "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no right\"}}",
		    0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = scripted_stripe(&arena, server);
	struct stripe_reply reply;

	transfer_create(&stripe, &reply);
	is_str(reply.message, "our key may not make POST /v1/transfers: no right",
	    "rights: the message names the call");
	scripted_stop(server);
	arena_reset(&arena);
}

int
main(void)
{
	arena_init(&arena);
	log_init("test", LOG_LEVEL_ERROR);
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	http_init();
	test_table();
	test_transfers();
	test_accounts();
	test_rights_message();
	arena_release(&arena);
	return done();
}
