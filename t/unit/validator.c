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
		is_int(validator_bucket(&arena, &conf, NULL, "5F_1", timeout_ms, &bucket),
		    c->result, "%s: result", c->name);
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
#define NO_TOTAL "an answer without a total"
#define NO_WEEKS "an answer whose weeks are not readable"
#define OF_ANOTHER "an answer about another subaccount"

/* clang-format off */
static const struct payout_case {
	const char *name;
	struct scripted_step steps[3];
	const char *total; /* NULL = there is no reading */
	const char *weeks;
	const char *problem;
} payout_cases[] = {
	{ "412.50", PAYOUT("412.50"), "412.50", "[]", NULL },
	{ "many digits", PAYOUT("412.509999"), "412.509999", "[]", NULL },
	{ "what a float makes of it", PAYOUT("412.49999999999994"), "412.49999999999994",
	    "[]", NULL },
	{ "an integer", PAYOUT("412"), "412", "[]", NULL },
	{ "exponent form", PAYOUT("4.125e2"), "4.125e2", "[]", NULL },
	{ "next to nothing", PAYOUT("5.684341886080802e-14"), "5.684341886080802e-14", "[]", NULL },
	{ "zero", PAYOUT("0"), "0", "[]", NULL },
	{ "less than nothing", PAYOUT("-412.50"), "-412.50", "[]", NULL },
	{ "the older shape", BOTH(200, "{\"payout_data\":{\"payout\":412.50}," FUNDED "}"),
	    "412.50", "[]", NULL },
	{ "no weeks", DATA("{\"payout\":1}"), "1", "[]", NULL },
	{ "null weeks", DATA("{\"payout\":1,\"weekly_settlements\":null}"), "1", "[]", NULL },
	{ "a week",
	    WEEK("{\"payout\":75,\"balance\":200.50,\"start_time_ms\":1700000000000,"
		"\"more\":[1]}"), "1",
	    "[{\"start_time_ms\":1700000000000,\"end_time_ms\":null,"
	    "\"balance\":200.50,\"unrealized\":null,"
	    "\"weekly_penalty\":null,\"scale\":null,\"gross\":null,\"payout\":75}]", NULL },
	{ "this subaccount", DATA("{\"payout\":1,\"subaccount_uuid\":\"uuid-1\"}"), "1", "[]",
	    NULL },
	{ "another subaccount", DATA("{\"payout\":1,\"subaccount_uuid\":\"uuid-2\"}"), NULL, NULL,
	    OF_ANOTHER },
	{ "a subaccount that is a number", DATA("{\"payout\":1,\"subaccount_uuid\":1}"), NULL, NULL,
	    OF_ANOTHER },
	{ "another subaccount beside the data", BOTH(200, "{\"subaccount_uuid\":\"uuid-2\","
	    "\"data\":{\"payout\":1}," FUNDED "}"), NULL, NULL, OF_ANOTHER },
	{ "NaN", PAYOUT("NaN"), NULL, NULL, NULL },
	{ "Infinity", PAYOUT("Infinity"), NULL, NULL, NULL },
	{ "1e400", PAYOUT("1e400"), NULL, NULL, NO_TOTAL },
	{ "-1e400", PAYOUT("-1e400"), NULL, NULL, NO_TOTAL },
	{ "1e-4000", PAYOUT("1e-4000"), NULL, NULL, NO_TOTAL },
	{ "more money than there is", PAYOUT("99999999999999.00"), NULL, NULL, NO_TOTAL },
	{ "longer than money is", PAYOUT("0." NUMBERS_32 NUMBERS_32 "1"), NULL, NULL, NO_TOTAL },
	{ "text", PAYOUT("\"412.50\""), NULL, NULL, NO_TOTAL },
	{ "null", PAYOUT("null"), NULL, NULL, NO_TOTAL },
	{ "true", PAYOUT("true"), NULL, NULL, NO_TOTAL },
	{ "a list", PAYOUT("[412.50]"), NULL, NULL, NO_TOTAL },
	{ "no payout", DATA("{\"weekly_settlements\":[]}"), NULL, NULL, NO_TOTAL },
	{ "data is a number", DATA("412.50"), NULL, NULL, NO_TOTAL },
	{ "data is null", DATA("null"), NULL, NULL, NO_TOTAL },
	{ "twice", DATA("{\"payout\":1,\"payout\":2}"), NULL, NULL, NULL },
	{ "a refusal that says 200", BOTH(200,
	    "{\"status\":\"error\",\"data\":{\"payout\":1}," FUNDED "}"), NULL, NULL, NULL },
	{ "a status that is no text", BOTH(200,
	    "{\"status\":1,\"data\":{\"payout\":1}," FUNDED "}"), NULL, NULL, NULL },
	{ "weeks are an object", DATA("{\"payout\":1,\"weekly_settlements\":{}}"), NULL, NULL,
	    NO_WEEKS },
	{ "a week is a number", WEEK("1"), NULL, NULL, NO_WEEKS },
	{ "a balance is text", WEEK("{\"balance\":\"1\"}"), NULL, NULL, NO_WEEKS },
	{ "a balance of 1e400", WEEK("{\"balance\":1e400}"), NULL, NULL, NO_WEEKS },
	{ "404", BOTH(404, "{\"error\":\"not found\"}"), NULL, NULL, NULL },
	{ "500", BOTH(500, "{}"), NULL, NULL, NULL },
	{ "401", BOTH(401, "{}"), NULL, NULL, NULL },
	{ "HTML", BOTH(200, "<html>"), NULL, NULL, NULL },
	{ "no bucket", BOTH(200, "{\"data\":{\"payout\":1}}"), NULL, NULL, NULL },
	{ "another account's bucket", BOTH(200, "{\"data\":{\"payout\":1},\"dashboard\":"
	    "{\"subaccount_info\":{\"synthetic_hotkey\":\"5F_2\"},"
	    "\"challenge_period\":{\"bucket\":\"FUNDED\"}}}"), NULL, NULL, NULL },
	{ "cut", { { CUT, 0, NULL, NULL, 0 }, { CUT, 0, NULL, NULL, 0 } }, NULL, NULL, NULL },
	{ "silent", { { HANG, 0, NULL, NULL, 0 }, { HANG, 0, NULL, NULL, 0 } }, NULL, NULL, NULL },
};
/* clang-format on */

/* The one of the two requests that was a POST. */
static const struct scripted_request *
posted(struct scripted_server *server)
{
	const struct scripted_request *first = scripted_at(server, 0);

	return strncmp(first->line, "POST", 4) == 0 ? first : scripted_at(server, 1);
}

/* A reading, as a caller makes it who asks nobody else at the same time. */
static void
read_payout(const char *token, int64_t timeout_ms, struct validator_reading *reading)
{
	struct http_call calls[VALIDATOR_READ_CALLS];
	struct http_answer answers[VALIDATOR_READ_CALLS];
	enum http_result results[VALIDATOR_READ_CALLS];

	validator_read_begin(&arena, &conf, token, "uuid-1", "5F_1", timeout_ms, calls);
	http_perform_many(&arena, calls, VALIDATOR_READ_CALLS, answers, results);
	validator_read_end(&arena, "uuid-1", "5F_1", answers, results, reading);
}

static void
test_payouts(void)
{
	for (size_t i = 0; i < sizeof payout_cases / sizeof *payout_cases; i++) {
		const struct payout_case *c = &payout_cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		struct validator_reading reading;
		int64_t start_ms = clock_monotonic_ms();

		conf.validator_base = arena_strdup(&arena, scripted_url(server));
		read_payout(NULL, c->steps[0].action == HANG ? 300 : 10000, &reading);
		ok(clock_monotonic_ms() - start_ms < 5000, "%s: in time", c->name);
		is_int((int64_t)scripted_count(server), 2, "%s: both are asked", c->name);
		is_str(reading.total, c->total, "%s: total", c->name);
		is_str(reading.weeks, c->weeks, "%s: weeks", c->name);
		is_str(reading.problem, c->problem, "%s: problem", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

static void
test_request(void)
{
	static const struct scripted_step steps[] = PAYOUT("1");
	struct scripted_server *server = scripted_start(steps);
	struct validator_reading reading;
	const struct scripted_request *request;
	long long end_ms;

	conf.validator_base = arena_strdup(&arena, scripted_url(server));
	read_payout("secret", 5000, &reading);
	is_str(reading.total, "1", "payout: the call succeeds");
	is_str(validator_bucket_name(reading.bucket), "funded",
	    "payout: the bucket comes with the amount");
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
