/* Protects: the attempts of a Stripe call are equal and bounded; silence is never a refusal. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_server.h"

#define STEPS_MAX 5
#define SECRET_KEY "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
/* clang-format off */
#define INTENT "{\"id\":\"pi_1\",\"object\":\"payment_intent\",\"client_secret\":\"pi_1_secret_x\"}"
#define ERROR(type, more) "{\"error\":{\"type\":\"" type "\"" more "}}"
#define REFUSAL ERROR("invalid_request_error", ",\"code\":\"parameter_missing\"")

#define GOOD { ANSWER, 200, "Request-Id: req_good\r\n", INTENT, 0 }
#define BAD(status) { ANSWER, status, NULL, ERROR("api_error", ""), 0 }
#define HINT(status, retry) \
	{ ANSWER, status, "Stripe-Should-Retry: " retry "\r\n", ERROR("api_error", ""), 0 }
#define TEXT(status, body) { ANSWER, status, NULL, body, 0 }
/* clang-format on */

static struct arena arena;

static const struct stripe_param params[] = {
	{ "amount", "2500" },
	{ "description", "two words" },
	{ NULL, NULL },
};

static const struct stripe_call create = {
	.method = "POST",
	.path = "/v1/payment_intents",
	.label = "POST /v1/payment_intents",
	.object = "payment_intent",
	.idempotency_key = "pay_1:create",
	.account = "acct_1",
	.params = params,
};

static struct conf conf = {
	.stripe_timeout_ms = 5000,
	.stripe_deadline_ms = 20000,
};

static struct stripe
client(struct scripted_server *server, int64_t timeout_ms, int64_t deadline_ms)
{
	struct stripe stripe;

	conf.stripe_api_base = arena_strdup(&arena, scripted_url(server));
	conf.stripe_timeout_ms = timeout_ms;
	conf.stripe_deadline_ms = deadline_ms;
	stripe_init(&stripe, &conf, NULL, &arena, "req_ours");
	stripe.secret_key = SECRET_KEY;
	stripe.backoff_ms = 1;
	return stripe;
}

/* --- what attempts are made and what comes out --------------------------------- */

/* clang-format off */
static const struct outcome_case {
	const char *name;
	struct scripted_step steps[STEPS_MAX];
	int attempts;
	enum stripe_result result;
	int status;
	const char *code;
} outcome_cases[] = {
	{ "good", { GOOD }, 1, STRIPE_OK, 200, NULL },
	{ "500, good", { BAD(500), GOOD }, 2, STRIPE_OK, 200, NULL },
	{ "503, 502, good", { BAD(503), BAD(502), GOOD }, 3, STRIPE_OK, 200, NULL },
	{ "500 for ever", { BAD(500), BAD(500), BAD(500), GOOD }, 3, STRIPE_UNKNOWN, 500,
	    NULL },
	{ "500, do not retry", { HINT(500, "false"), GOOD }, 1, STRIPE_UNKNOWN, 500, NULL },
	{ "409, good", { BAD(409), GOOD }, 2, STRIPE_OK, 200, NULL },
	{ "409 for ever", { BAD(409), BAD(409), BAD(409), GOOD }, 3, STRIPE_UNKNOWN, 409,
	    NULL },
	{ "409, do not retry", { HINT(409, "false"), GOOD }, 1, STRIPE_UNKNOWN, 409, NULL },
	{ "400, retry, good", { HINT(400, "true"), GOOD }, 2, STRIPE_OK, 200, NULL },
	{ "429", { BAD(429), GOOD }, 1, STRIPE_REFUSED_FOR_NOW, 429, NULL },
	{ "429, retry, good", { HINT(429, "true"), GOOD }, 2, STRIPE_OK, 200, NULL },
	{ "a hint that is none", { HINT(500, "maybe"), GOOD }, 2, STRIPE_OK, 200, NULL },
	{ "cut, good", { { CUT, 0, NULL, NULL, 0 }, GOOD }, 2, STRIPE_OK, 200, NULL },
	{ "cut short, good", { { TRUNCATE, 200, NULL, INTENT, 0 }, GOOD }, 2, STRIPE_OK, 200,
	    NULL },
	{ "hang, good", { { HANG, 0, NULL, NULL, 0 }, GOOD }, 2, STRIPE_OK, 200, NULL },
	{ "10 MB", { { BIG, 200, NULL, NULL, 10 << 20 } }, 1, STRIPE_UNKNOWN, 0, NULL },
	{ "half of the JSON", { TEXT(200, "{\"id\":\"pi_1\",\"object\":\"payment_in") }, 1,
	    STRIPE_UNKNOWN, 200, NULL },
	{ "HTML", { TEXT(200, "<html>hello</html>"), GOOD }, 1, STRIPE_UNKNOWN, 200, NULL },
	{ "no body", { TEXT(200, ""), GOOD }, 1, STRIPE_UNKNOWN, 200, NULL },
	{ "another object", { TEXT(200, "{\"id\":\"re_1\",\"object\":\"refund\"}") }, 1,
	    STRIPE_UNKNOWN, 200, NULL },
	{ "no object", { TEXT(200, "{\"id\":\"pi_1\"}") }, 1, STRIPE_UNKNOWN, 200, NULL },
	{ "an array", { TEXT(200, "[]") }, 1, STRIPE_UNKNOWN, 200, NULL },
	{ "a redirection", { { ANSWER, 302, "Location: /x\r\n", INTENT, 0 } }, 1,
	    STRIPE_UNKNOWN, 302, NULL },
	{ "400", { TEXT(400, REFUSAL), GOOD }, 1, STRIPE_REFUSED, 400, "parameter_missing" },
	{ "402", { TEXT(402, ERROR("card_error", ",\"code\":\"card_declined\"")) }, 1,
	    STRIPE_REFUSED, 402, "card_declined" },
	{ "404", { TEXT(404, REFUSAL) }, 1, STRIPE_REFUSED, 404, "parameter_missing" },
	{ "422", { TEXT(422, REFUSAL) }, 1, STRIPE_REFUSED, 422, "parameter_missing" },
	{ "401", { TEXT(401, REFUSAL) }, 1, STRIPE_RIGHTS, 401, "parameter_missing" },
	{ "403", { TEXT(403, REFUSAL) }, 1, STRIPE_RIGHTS, 403, "parameter_missing" },
	{ "408", { TEXT(408, REFUSAL) }, 1, STRIPE_UNKNOWN, 408, "parameter_missing" },
	{ "424", { TEXT(424, REFUSAL) }, 1, STRIPE_UNKNOWN, 424, "parameter_missing" },
	{ "the key was used otherwise", { TEXT(400, ERROR("idempotency_error", "")) }, 1,
	    STRIPE_UNKNOWN, 400, NULL },
	{ "400 in HTML", { TEXT(400, "<html>bad gateway</html>") }, 1, STRIPE_UNKNOWN, 400,
	    NULL },
	{ "400 in another's JSON", { TEXT(400, "{\"error\":\"no\"}") }, 1, STRIPE_UNKNOWN, 400,
	    NULL },
	{ "500 in HTML, good", { TEXT(502, "<html>bad gateway</html>"), GOOD }, 2, STRIPE_OK,
	    200, NULL },
};
/* clang-format on */

static void
check_request(const struct scripted_request *request, const char *name)
{
	is_str(request->line, "POST /v1/payment_intents HTTP/1.1", "%s: line", name);
	is_str(request->body, "amount=2500&description=two%20words", "%s: body", name);
	is_str(scripted_header(request, "Idempotency-Key"), "pay_1:create", "%s: key", name);
	is_str(scripted_header(request, "Stripe-Version"), STRIPE_VERSION, "%s: version", name);
	is_str(scripted_header(request, "Stripe-Account"), "acct_1", "%s: account", name);
	is_str(scripted_header(request, "Authorization"), "Bearer " SECRET_KEY, "%s: authorization",
	    name);
	is_str(scripted_header(request, "Content-Type"), "application/x-www-form-urlencoded",
	    "%s: type", name);
}

static void
test_outcomes(void)
{
	for (size_t i = 0; i < sizeof outcome_cases / sizeof *outcome_cases; i++) {
		const struct outcome_case *c = &outcome_cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		bool hangs = c->steps[0].action == HANG;
		struct stripe stripe = client(server, hangs ? 1000 : 10000, 60000);
		struct stripe_reply reply;

		is_int(stripe_perform(&stripe, &create, &reply), c->result, "%s: result", c->name);
		is_int(reply.result, c->result, "%s: the same in the reply", c->name);
		is_int(reply.status, c->status, "%s: status", c->name);
		is_int(reply.attempts, c->attempts, "%s: attempts", c->name);
		is_int((int64_t)scripted_count(server), c->attempts, "%s: requests", c->name);
		is_str(reply.code, c->code, "%s: code", c->name);
		ok((reply.object != NULL) == (c->result == STRIPE_OK), "%s: object", c->name);
		ok((reply.message == NULL) == (c->result == STRIPE_OK), "%s: message", c->name);
		for (size_t j = 0; j < scripted_count(server); j++)
			check_request(scripted_at(server, j), c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

static void
test_error_fields(void)
{
	static const struct scripted_step steps[] = {
		{ ANSWER, 402, "Request-Id: req_402\r\n",
		    ERROR("card_error",
			",\"code\":\"card_declined\",\"decline_code\":\"lost_card\","
			"\"param\":\"payment_method\",\"message\":\"Your card was "
			"declined.\""),
		    0 },
		GOOD,
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = client(server, 5000, 5000);
	struct stripe_reply reply;

	is_int(stripe_perform(&stripe, &create, &reply), STRIPE_REFUSED, "a refusal: the result");
	is_str(reply.type, "card_error", "a refusal: the type");
	is_str(reply.decline_code, "lost_card", "a refusal: the decline code");
	is_str(reply.param, "payment_method", "a refusal: the param");
	is_str(reply.message, "Your card was declined.", "a refusal: the message");
	is_str(reply.stripe_request_id, "req_402", "a refusal: Stripe's request id");
	is_int(stripe_perform(&stripe, &create, &reply), STRIPE_OK,
	    "the call after a refusal succeeds");
	ok(reply.type == NULL && reply.decline_code == NULL && reply.param == NULL,
	    "the call after a refusal has nothing of it");
	is_str(json_text(json_get(reply.object, "client_secret")), "pi_1_secret_x",
	    "the call after a refusal has its object");
	scripted_stop(server);
	arena_reset(&arena);
}

/* --- time ------------------------------------------------------------------------ */

static int64_t
gap_ms(struct scripted_server *server, size_t i)
{
	return scripted_at(server, i)->at_ms - scripted_at(server, i - 1)->at_ms;
}

static void
test_backoff(void)
{
	static const struct scripted_step steps[] = { BAD(500), BAD(500), GOOD, { 0 } };
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = client(server, 5000, 20000);
	struct stripe_reply reply;

	stripe.backoff_ms = 200;
	is_int(stripe_perform(&stripe, &create, &reply), STRIPE_OK,
	    "back-off: the third attempt succeeds");
	ok(gap_ms(server, 1) >= 199 && gap_ms(server, 1) < 1000,
	    "back-off: the first pause is %lld ms of 200", (long long)gap_ms(server, 1));
	ok(gap_ms(server, 2) >= 199 && gap_ms(server, 2) < 1200,
	    "back-off: the second pause is %lld ms of 200 to 400", (long long)gap_ms(server, 2));
	scripted_stop(server);
	stripe_init(&stripe, &conf, NULL, &arena, NULL);
	stripe.secret_key = SECRET_KEY;
	is_int(stripe.backoff_ms, 500, "back-off: half a second is the default");
	arena_reset(&arena);
}

static void
test_retry_after(void)
{
	static const struct scripted_step one[] = {
		{ ANSWER, 503, "Retry-After: 1\r\n", "", 0 },
		GOOD,
		{ 0 },
	};
	static const struct scripted_step sixty[] = {
		{ ANSWER, 503, "Retry-After: 60\r\n", "", 0 },
		GOOD,
		{ 0 },
	};
	struct scripted_server *server = scripted_start(one);
	struct stripe stripe = client(server, 5000, 5000);
	struct stripe_reply reply;
	int64_t start_ms;

	is_int(stripe_perform(&stripe, &create, &reply), STRIPE_OK,
	    "Retry-After of a second: the call succeeds");
	ok(gap_ms(server, 1) >= 999, "Retry-After is honoured: %lld ms",
	    (long long)gap_ms(server, 1));
	scripted_stop(server);

	server = scripted_start(sixty);
	stripe = client(server, 5000, 5000);
	start_ms = clock_monotonic_ms();
	is_int(stripe_perform(&stripe, &create, &reply), STRIPE_UNKNOWN,
	    "Retry-After of a minute: the result is unknown");
	is_int((int64_t)scripted_count(server), 1,
	    "Retry-After of a minute: no attempt after the deadline");
	ok(clock_monotonic_ms() - start_ms < 3000,
	    "Retry-After of a minute: the client does not wait for it");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_deadline(void)
{
	static const struct scripted_step steps[] = {
		{ HANG, 0, NULL, NULL, 0 },
		{ HANG, 0, NULL, NULL, 0 },
		{ HANG, 0, NULL, NULL, 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = client(server, 1000, 1500);
	int64_t start_ms = clock_monotonic_ms(), took_ms;
	struct stripe_reply reply;

	is_int(stripe_perform(&stripe, &create, &reply), STRIPE_UNKNOWN,
	    "silence: the result is unknown");
	took_ms = clock_monotonic_ms() - start_ms;
	is_int(reply.attempts, 2, "silence: there are two attempts");
	ok(took_ms >= 1480 && took_ms < 1950, "silence: the deadline holds: %lld ms of 1500",
	    (long long)took_ms);
	ok(reply.message != NULL && reply.status == 0, "silence has a reason: %s", reply.message);

	is_int(stripe_perform(&stripe, &create, &reply), STRIPE_UNKNOWN,
	    "after the deadline: the result is unknown");
	is_int((int64_t)scripted_count(server), 2, "after the deadline: nothing is sent");
	is_int(reply.attempts, 0, "after the deadline: no attempt is counted");
	scripted_stop(server);

	server = scripted_start(steps);
	stripe = client(server, 9000, 500);
	start_ms = clock_monotonic_ms();
	is_int(stripe_perform(&stripe, &create, &reply), STRIPE_UNKNOWN,
	    "a short deadline: the result is unknown");
	ok(clock_monotonic_ms() - start_ms < 3000, "a short deadline ends the first attempt");
	scripted_stop(server);

	server = scripted_start(steps);
	stripe = client(server, 100, 700);
	stripe.backoff_ms = 650;
	is_int(stripe_perform(&stripe, &create, &reply), STRIPE_UNKNOWN,
	    "a pause beyond the deadline: the result is unknown");
	is_int(reply.attempts, 1, "a pause beyond the deadline is not made");
	scripted_stop(server);
	arena_reset(&arena);
}

/* --- GET ------------------------------------------------------------------------- */

static void
test_get(void)
{
	static const struct scripted_step steps[] = { GOOD, BAD(500), GOOD, { 0 } };
	const struct stripe_call get = {
		.method = "GET",
		.path = "/v1/payment_intents/pi_1",
		.label = "test",
		.object = "payment_intent",
		.params = params,
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe stripe = client(server, 5000, 5000);
	const struct scripted_request *request;
	struct stripe_reply reply;

	is_int(stripe_perform(&stripe, &get, &reply), STRIPE_OK, "GET: the call succeeds");
	request = scripted_at(server, 0);
	is_str(request->line,
	    "GET /v1/payment_intents/pi_1?amount=2500&description=two%20words HTTP/1.1",
	    "GET: parameters are the query");
	is_str(request->body, "", "GET: no body");
	ok(scripted_header(request, "Idempotency-Key") == NULL, "GET: no key");
	ok(scripted_header(request, "Stripe-Account") == NULL, "GET: no account");
	is_int(stripe_perform(&stripe, &get, &reply), STRIPE_OK, "GET is repeated as well");
	scripted_stop(server);
	arena_reset(&arena);
}

/* --- log ------------------------------------------------------------------------- */

/* Everything on standard error since it went to `log`, as text. */
static const char *
logged(FILE *log)
{
	static char text[512 * 1024];
	size_t len;

	rewind(log);
	len = fread(text, 1, sizeof(text) - 1, log);
	text[len] = '\0';
	return text;
}

static void
test_log(FILE *log)
{
	static const char *const never[] = {
		SECRET_KEY,
		"sk_test",
		"secret_x",
		"two words",
		"two%20words",
		"pay_1:create",
		"declined.",
	};
	const char *text = logged(log);

	ok(strstr(text, "POST /v1/payment_intents") != NULL, "log: calls have their label");
	ok(strstr(text, "req_good") != NULL, "log: calls have Stripe's request id");
	ok(strstr(text, "req_ours") != NULL, "log: calls have our request id");
	ok(strstr(text, "card_declined") != NULL, "log: a refusal has its code");
	ok(strstr(text, "level=error") != NULL, "log: our own mistakes are errors");
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		ok(strstr(text, never[i]) == NULL, "log: secret no. %zu is not in it", i);
}

int
main(void)
{
	FILE *log = tmpfile();
	int stderr_copy = dup(STDERR_FILENO);

	if (log == NULL || dup2(fileno(log), STDERR_FILENO) < 0)
		return 1;
	arena_init(&arena);
	log_init("test", LOG_LEVEL_DEBUG);
	http_init();
	test_outcomes();
	test_error_fields();
	test_backoff();
	test_retry_after();
	test_deadline();
	test_get();
	dup2(stderr_copy, STDERR_FILENO);
	test_log(log);
	fclose(log);
	arena_release(&arena);
	return done();
}
