/*
 * Protects: an account's standing and earnings come only from words and numbers of the
 * validator that we know.
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/upstream/http.h"
#include "core/upstream/validator.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_server.h"

/* clang-format off */
#define ANSWERS(status, body) { { ANSWER, status, NULL, body, 0 } }
#define BOARD(info, bucket, elimination) \
	ANSWERS(200, "{\"status\":\"success\",\"dashboard\":{\"subaccount_info\":" info \
	",\"challenge_period\":" bucket ",\"elimination\":" elimination "}}")
#define BUCKET(word) BOARD("{\"status\":\"active\"}", "{\"bucket\":\"" word "\"}", "null")
/* clang-format on */

static struct arena arena;
static struct conf conf;

/* clang-format off */
static const struct bucket_case {
	const char *name;
	struct scripted_step steps[2];
	enum validator_result result;
	const char *bucket;
} cases[] = {
	{ "challenge", BUCKET("CHALLENGE"), VALIDATOR_OK, "evaluation" },
	{ "subaccount challenge", BUCKET("SUBACCOUNT_CHALLENGE"), VALIDATOR_OK, "evaluation" },
	{ "lower case", BUCKET("subaccount_challenge"), VALIDATOR_OK, "evaluation" },
	{ "a second challenge", BUCKET("PRO_CHALLENGE_DIRECT"), VALIDATOR_OK, "evaluation" },
	{ "funded", BUCKET("SUBACCOUNT_FUNDED"), VALIDATOR_OK, "funded" },
	{ "plain funded", BUCKET("funded"), VALIDATOR_OK, "funded" },
	{ "pro funded", BUCKET("PRO_FUNDED"), VALIDATOR_OK, "funded" },
	{ "alpha", BUCKET("SUBACCOUNT_ALPHA"), VALIDATOR_OK, "funded" },
	{ "maincomp", BUCKET("MAINCOMP"), VALIDATOR_OK, "funded" },
	{ "eliminated bucket", BUCKET("ELIMINATED"), VALIDATOR_OK, "eliminated" },
	{ "between two stages", BUCKET("PRO_CHALLENGE_TRANSITION"), VALIDATOR_OK, NULL },
	{ "an unknown word", BUCKET("UNFUNDED"), VALIDATOR_OK, NULL },
	{ "no word", BUCKET(""), VALIDATOR_OK, NULL },
	{ "only the prefix", BUCKET("SUBACCOUNT_"), VALIDATOR_OK, NULL },
	{ "no bucket", BOARD("{}", "{}", "null"), VALIDATOR_OK, NULL },
	{ "no challenge period", BOARD("null", "null", "null"), VALIDATOR_OK, NULL },
	{ "a number as bucket", BOARD("{}", "{\"bucket\":1}", "null"), VALIDATOR_OK, NULL },
	{ "an elimination beats the bucket", BOARD("{\"status\":\"active\"}",
	    "{\"bucket\":\"SUBACCOUNT_FUNDED\"}", "{\"reason\":\"drawdown\"}"), VALIDATOR_OK,
	    "eliminated" },
	{ "an eliminated status beats the bucket", BOARD("{\"status\":\"Eliminated\"}",
	    "{\"bucket\":\"SUBACCOUNT_FUNDED\"}", "null"), VALIDATOR_OK, "eliminated" },
	{ "an empty dashboard", ANSWERS(200, "{\"status\":\"success\",\"dashboard\":{}}"),
	    VALIDATOR_OK, NULL },
	{ "404", ANSWERS(404, "{\"error\":\"not found\"}"), VALIDATOR_NOT_FOUND, NULL },
	{ "500", ANSWERS(500, "{}"), VALIDATOR_UNAVAILABLE, NULL },
	{ "401", ANSWERS(401, "{}"), VALIDATOR_UNAVAILABLE, NULL },
	{ "302", ANSWERS(302, "{\"dashboard\":{}}"), VALIDATOR_UNAVAILABLE, NULL },
	{ "HTML", ANSWERS(200, "<html>"), VALIDATOR_UNAVAILABLE, NULL },
	{ "no dashboard", ANSWERS(200, "{\"status\":\"success\"}"), VALIDATOR_UNAVAILABLE,
	    NULL },
	{ "half a body", ANSWERS(200, "{\"dashboard\":{\"elimination\":{}"),
	    VALIDATOR_UNAVAILABLE, NULL },
	{ "cut", { { CUT, 0, NULL, NULL, 0 } }, VALIDATOR_UNAVAILABLE, NULL },
	{ "silent", { { HANG, 0, NULL, NULL, 0 } }, VALIDATOR_UNAVAILABLE, NULL },
};
/* clang-format on */

static void
test_buckets(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct bucket_case *c = &cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		enum validator_bucket bucket = VALIDATOR_BUCKET_FUNDED;
		int64_t start_ms = clock_monotonic_ms();
		int64_t timeout_ms = c->steps[0].action == HANG ? 300 : 10000;

		conf.validator_base = arena_strdup(&arena, scripted_url(server));
		is_int(validator_bucket(&arena, &conf, "5F_1", timeout_ms, &bucket), c->result,
		    "%s: result", c->name);
		is_str(validator_bucket_name(bucket), c->bucket, "%s: bucket", c->name);
		ok(clock_monotonic_ms() - start_ms < 5000, "%s: in time", c->name);
		is_str(scripted_at(server, 0)->line, "GET /entity/subaccount/5F_1 HTTP/1.1",
		    "%s: path", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

/* --- what is owed ------------------------------------------------------------ */

/* Both requests are sent at once, in any order, and get the same answer. */
#define FUNDED "\"dashboard\":{\"challenge_period\":{\"bucket\":\"FUNDED\"}}"
#define BOTH(status, body) \
	{ \
		{ ANSWER, status, NULL, body, 0 }, \
		{ \
			ANSWER, status, NULL, body, 0 \
		} \
	}
#define DATA(data) BOTH(200, "{\"status\":\"success\",\"data\":" data "," FUNDED "}")
#define PAYOUT(total) DATA("{\"weekly_settlements\":[],\"payout\":" total "}")
#define WEEK(week) DATA("{\"weekly_settlements\":[" week "],\"payout\":1}")
#define NUMBERS_32 "00000000000000000000000000000000"

/* clang-format off */
static const struct payout_case {
	const char *name;
	struct scripted_step steps[3];
	enum validator_result result;
	int64_t total_cents;
	const char *weeks;
} payout_cases[] = {
	{ "412.50", PAYOUT("412.50"), VALIDATOR_OK, 41250, "[]" },
	{ "floored once", PAYOUT("412.509999"), VALIDATOR_OK, 41250, "[]" },
	{ "what a float makes of it", PAYOUT("412.49999999999994"), VALIDATOR_OK, 41249, "[]" },
	{ "an integer", PAYOUT("412"), VALIDATOR_OK, 41200, "[]" },
	{ "exponent form", PAYOUT("4.125e2"), VALIDATOR_OK, 41250, "[]" },
	{ "next to nothing", PAYOUT("5.684341886080802e-14"), VALIDATOR_OK, 0, "[]" },
	{ "zero", PAYOUT("0"), VALIDATOR_OK, 0, "[]" },
	{ "less than nothing", PAYOUT("-0.001"), VALIDATOR_OK, -1, "[]" },
	{ "much less", PAYOUT("-412.50"), VALIDATOR_OK, -41250, "[]" },
	{ "the older shape", BOTH(200, "{\"payout_data\":{\"payout\":412.50}," FUNDED "}"),
	    VALIDATOR_OK, 41250, "[]" },
	{ "no weeks", DATA("{\"payout\":1}"), VALIDATOR_OK, 100, "[]" },
	{ "null weeks", DATA("{\"payout\":1,\"weekly_settlements\":null}"), VALIDATOR_OK, 100,
	    "[]" },
	{ "a week",
	    WEEK("{\"payout\":75,\"balance\":200.50,\"start_time_ms\":1700000000000,"
		"\"more\":[1]}"), VALIDATOR_OK, 100,
	    "[{\"start_time_ms\":1700000000000,\"end_time_ms\":null,"
	    "\"balance\":200.50,\"unrealized\":null,"
	    "\"weekly_penalty\":null,\"scale\":null,\"gross\":null,\"payout\":75}]" },
	{ "404", BOTH(404, "{\"error\":\"not found\"}"), VALIDATOR_NOT_FOUND, 0, "[]" },
	{ "NaN", PAYOUT("NaN"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "Infinity", PAYOUT("Infinity"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "1e400", PAYOUT("1e400"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "-1e400", PAYOUT("-1e400"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "1e-4000", PAYOUT("1e-4000"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "more money than there is", PAYOUT("99999999999999.00"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "longer than money is", PAYOUT("0." NUMBERS_32 NUMBERS_32 "1"), VALIDATOR_UNAVAILABLE, 0,
	    NULL },
	{ "text", PAYOUT("\"412.50\""), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "null", PAYOUT("null"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "true", PAYOUT("true"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "a list", PAYOUT("[412.50]"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "no payout", DATA("{\"weekly_settlements\":[]}"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "data is a number", DATA("412.50"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "data is null", DATA("null"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "twice", DATA("{\"payout\":1,\"payout\":2}"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "a refusal that says 200", BOTH(200,
	    "{\"status\":\"error\",\"data\":{\"payout\":1}," FUNDED "}"), VALIDATOR_UNAVAILABLE, 0,
	    NULL },
	{ "weeks are an object", DATA("{\"payout\":1,\"weekly_settlements\":{}}"),
	    VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "a week is a number", WEEK("1"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "a balance is text", WEEK("{\"balance\":\"1\"}"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "a balance of 1e400", WEEK("{\"balance\":1e400}"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "500", BOTH(500, "{}"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "401", BOTH(401, "{}"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "HTML", BOTH(200, "<html>"), VALIDATOR_UNAVAILABLE, 0, NULL },
	{ "cut", { { CUT, 0, NULL, NULL, 0 }, { CUT, 0, NULL, NULL, 0 } }, VALIDATOR_UNAVAILABLE,
	    0, NULL },
	{ "silent", { { HANG, 0, NULL, NULL, 0 }, { HANG, 0, NULL, NULL, 0 } },
	    VALIDATOR_UNAVAILABLE, 0, NULL },
};
/* clang-format on */

/* The one of the two requests that was a POST. */
static const struct scripted_request *
posted(struct scripted_server *server)
{
	const struct scripted_request *first = scripted_at(server, 0);

	return strncmp(first->line, "POST", 4) == 0 ? first : scripted_at(server, 1);
}

static void
test_payouts(void)
{
	for (size_t i = 0; i < sizeof payout_cases / sizeof *payout_cases; i++) {
		const struct payout_case *c = &payout_cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		enum validator_bucket bucket = VALIDATOR_BUCKET_ELIMINATED;
		struct validator_payout payout;
		int64_t start_ms = clock_monotonic_ms();

		conf.validator_base = arena_strdup(&arena, scripted_url(server));
		is_int(validator_payout(&arena, &conf, "uuid-1", "5F_1",
			   c->steps[0].action == HANG ? 300 : 10000, &payout, &bucket),
		    c->result, "%s: result", c->name);
		ok(clock_monotonic_ms() - start_ms < 5000, "%s: in time", c->name);
		is_int((int64_t)scripted_count(server), 2, "%s: both are asked", c->name);
		if (c->result != VALIDATOR_UNAVAILABLE) {
			is_int(payout.total_cents, c->total_cents, "%s: cents", c->name);
			is_str(payout.weeks, c->weeks, "%s: weeks", c->name);
		}
		scripted_stop(server);
		arena_reset(&arena);
	}
}

static void
test_request(void)
{
	static const struct scripted_step steps[] = PAYOUT("1");
	struct scripted_server *server = scripted_start(steps);
	struct validator_payout payout;
	enum validator_bucket bucket;
	const struct scripted_request *request;
	long long end_ms;

	conf.validator_base = arena_strdup(&arena, scripted_url(server));
	conf.validator_token = (char[]) { "secret" };
	is_int(validator_payout(&arena, &conf, "uuid-1", "5F_1", 5000, &payout, &bucket),
	    VALIDATOR_OK, "payout: the call succeeds");
	is_str(validator_bucket_name(bucket), "funded", "payout: the bucket comes with the amount");
	request = posted(server);
	is_str(request->line, "POST /entity/subaccount/payout HTTP/1.1",
	    "payout: the request line");
	is_str(scripted_header(request, "Authorization"), "Bearer secret",
	    "payout: the bearer token");
	ok(sscanf(request->body,
	       "{\"subaccount_uuid\":\"uuid-1\",\"start_time_ms\":0,\"end_time_ms\":%lld}",
	       &end_ms) == 1,
	    "payout: the body: %s", request->body);
	ok(end_ms % 43200000 == 0 && end_ms <= clock_unix_ms() &&
		end_ms > clock_unix_ms() - 43200000,
	    "payout: the end is the last half day");
	scripted_stop(server);
	arena_reset(&arena);
}

int
main(void)
{
	arena_init(&arena);
	log_init("test", LOG_LEVEL_ERROR);
	http_init();
	test_buckets();
	test_payouts();
	test_request();
	arena_release(&arena);
	return done();
}
