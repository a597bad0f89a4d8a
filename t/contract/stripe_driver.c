/*
 * Does one typed Stripe call, or one check of a signature, and prints what came
 * out; t/contract compares what it sends with Stripe's own contract and SDK.
 *
 *   stripe_driver BASE create PAYMENT AMOUNT CURRENCY TENANT USER TIER
 *   stripe_driver BASE get INTENT | refunds INTENT | dispute DISPUTE | reversals TRANSFER
 *   stripe_driver BASE find PAYMENT AMOUNT CURRENCY TENANT USER TIER CREATED
 *   stripe_driver BASE refund REFUND_INTENT INTENT AMOUNT TENANT USER
 *   stripe_driver BASE events FROM [AFTER] | transactions FROM [AFTER]
 *   stripe_driver - verify NOW HEADER SECRET...	(body on standard input)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/conf_value.h"
#include "core/base/log.h"
#include "core/stripe/signature.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"

#define BODY_BYTES 65536

static int
usage(void)
{
	fputs("see the head of stripe_driver.c\n", stderr);
	return 2;
}

static enum stripe_result
ensure(struct stripe *stripe, char **args, int64_t created_s, struct stripe_reply *reply)
{
	const struct stripe_checkout checkout = {
		.owner = {
			.installation = "ins_1",
			.api = "prop",
			.tenant = args[3],
			.object = args[0],
			.attempt = 1,
			.user = args[4],
			.old_name = "payment_id",
		},
		.amount_cents = args[1],
		.currency = args[2],
		.tier_id = args[5],
		.created_s = created_s,
	};

	return stripe_payment_intent_ensure(stripe, &checkout, reply);
}

/* Asked for just now: sent. */
static enum stripe_result
create(struct stripe *stripe, char **args, struct stripe_reply *reply)
{
	return ensure(stripe, args, clock_unix_s(), reply);
}

/* Asked for long ago: looked up. */
static enum stripe_result
find(struct stripe *stripe, char **args, struct stripe_reply *reply)
{
	return ensure(stripe, args, atoll(args[6]), reply);
}

static enum stripe_result
get(struct stripe *stripe, char **args, struct stripe_reply *reply)
{
	return stripe_payment_intent_get(stripe, args[0], reply);
}

static enum stripe_result
refund(struct stripe *stripe, char **args, struct stripe_reply *reply)
{
	const struct stripe_refund refund = {
		.owner = {
			.installation = "ins_1",
			.api = "prop",
			.tenant = args[3],
			.object = args[0],
			.attempt = 1,
			.user = args[4],
		},
		.payment_intent = args[1],
		.amount_cents = args[2],
		.sent_s = clock_unix_s(),
	};

	return stripe_refund_ensure(stripe, &refund, reply);
}

static enum stripe_result
refunds(struct stripe *stripe, char **args, struct stripe_reply *reply)
{
	return stripe_refund_list(stripe, args[0], reply);
}

static enum stripe_result
reversals(struct stripe *stripe, char **args, struct stripe_reply *reply)
{
	return stripe_reversal_list(stripe, args[0], reply);
}

static enum stripe_result
dispute(struct stripe *stripe, char **args, struct stripe_reply *reply)
{
	return stripe_dispute_get(stripe, args[0], reply);
}

/* args end with NULL, as argv does: without AFTER it is the first page. */
static enum stripe_result
events(struct stripe *stripe, char **args, struct stripe_reply *reply)
{
	struct stripe_elements page;

	return stripe_event_page(stripe, atoll(args[0]), args[1], &page, reply);
}

static enum stripe_result
transactions(struct stripe *stripe, char **args, struct stripe_reply *reply)
{
	struct stripe_elements page;

	return stripe_balance_transaction_page(stripe, atoll(args[0]), args[1], &page, reply);
}

static const struct operation {
	const char *name;
	int least_args;
	enum stripe_result (*run)(struct stripe *, char **, struct stripe_reply *);
} operations[] = {
	{ "create", 6, create },
	{ "dispute", 1, dispute },
	{ "events", 1, events },
	{ "find", 7, find },
	{ "get", 1, get },
	{ "refund", 5, refund },
	{ "refunds", 1, refunds },
	{ "reversals", 1, reversals },
	{ "transactions", 1, transactions },
};

static int
call(char *base, const struct operation *operation, char **args)
{
	static const char *const names[] = { [STRIPE_OK] = "ok",
		[STRIPE_REFUSED] = "refused",
		[STRIPE_REFUSED_FOR_NOW] = "refused for now",
		[STRIPE_GONE] = "gone",
		[STRIPE_RIGHTS] = "rights",
		[STRIPE_UNKNOWN] = "unknown" };
	static const char key[] = "sk_test_contract";
	struct conf conf = {
		.stripe_api_base = base,
		.stripe_timeout_ms = 2000,
		.stripe_deadline_ms = 10000,
	};
	struct stripe_reply reply;
	struct stripe stripe;
	struct arena arena;

	arena_init(&arena);
	http_init();
	stripe_init(&stripe, &conf, NULL, &arena, NULL);
	stripe.secret_key = key;
	operation->run(&stripe, args, &reply);
	printf("%s %d %s\n", names[reply.result], reply.status,
	    reply.message != NULL ? reply.message : "-");
	arena_release(&arena);
	return 0;
}

static int
verify(int64_t now_s, const char *header, char **secret, size_t count)
{
	static const char *const names[] = { [SIGNATURE_OK] = "ok",
		[SIGNATURE_MALFORMED] = "malformed",
		[SIGNATURE_MISMATCH] = "mismatch",
		[SIGNATURE_EXPIRED] = "expired" };
	static char body[BODY_BYTES];
	size_t len = fread(body, 1, sizeof(body), stdin);
	struct conf_secrets secrets = { .count = count };

	if (count > CONF_SECRETS_MAX)
		return usage();
	for (size_t i = 0; i < count; i++)
		secrets.value[i] = secret[i];
	puts(names[signature_verify(header, body, len, &secrets, now_s)]);
	return 0;
}

int
main(int argc, char **argv)
{
	log_init("stripe_driver", LOG_LEVEL_ERROR);
	if (argc >= 6 && strcmp(argv[2], "verify") == 0)
		return verify(atoll(argv[3]), argv[4], argv + 5, (size_t)argc - 5);
	for (size_t i = 0; argc > 2 && i < sizeof operations / sizeof *operations; i++) {
		if (strcmp(argv[2], operations[i].name) == 0 &&
		    argc - 3 >= operations[i].least_args)
			return call(argv[1], &operations[i], argv + 3);
	}
	return usage();
}
