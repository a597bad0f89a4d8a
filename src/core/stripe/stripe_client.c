/*
 * One call = up to 1 + LIMIT_STRIPE_RETRIES equal attempts, then the classification
 * of the last answer.  Repeating is safe because all attempts carry the same
 * idempotency key and the same bytes: Stripe answers the second with the outcome of
 * the first.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "core/json/json.h"
#include "core/stripe/classify.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "core/upstream/url.h"

#define BACKOFF_MS 500
#define BACKOFF_CAP 10 /* times the first one: 5 s */
#define HEADERS_MAX 8
#define ID_BYTES 255

const struct stripe_param stripe_expand_payment_intent[] = {
	{ "expand[0]", "payment_intent" },
	{ NULL, NULL },
};

static void make_request(const struct stripe *stripe, const struct stripe_call *call,
    struct http_call *http, const char **headers);
static int64_t timeout_ms(const struct stripe *stripe);
static enum http_result attempt(const struct stripe *stripe, struct http_call *http,
    struct http_answer *answer, struct stripe_reply *reply);
static bool worth_repeating(enum http_result result, const struct http_answer *answer);
static bool wait_before(const struct stripe *stripe, int repetition,
    const struct http_answer *answer);
static enum stripe_result judge(struct arena *arena, const struct stripe_call *call,
    enum http_result result, const struct http_answer *answer, struct stripe_reply *reply);
static void log_call(const struct stripe *stripe, const struct stripe_call *call,
    const struct stripe_reply *reply, int64_t started_ms);

void
stripe_init(struct stripe *stripe, const struct conf *conf, const char *account,
    struct arena *arena, const char *request_id)
{
	struct credentials credentials;

	credentials_get(conf->credentials, account, &credentials);
	*stripe = (struct stripe) {
		.conf = conf,
		.secret_key = credentials.secret_key,
		.arena = arena,
		.request_id = request_id,
		.deadline_ms = clock_monotonic_ms() + conf->stripe_deadline_ms,
		.backoff_ms = BACKOFF_MS,
	};
}

enum stripe_result
stripe_perform(struct stripe *stripe, const struct stripe_call *call, struct stripe_reply *reply)
{
	int64_t started_ms = clock_monotonic_ms();
	const char *headers[HEADERS_MAX];
	struct http_call http;
	struct http_answer answer;
	enum http_result result;
	bool doubt = false; /* an earlier attempt may have taken effect */

	*reply = (struct stripe_reply) { .result = STRIPE_UNKNOWN };
	if (stripe->secret_key == NULL)
		return stripe_unknown(reply, "there is no confirmed key for the Stripe account");
	make_request(stripe, call, &http, headers);
	do {
		doubt = doubt || (reply->attempts > 0 && reply->result == STRIPE_UNKNOWN);
		result = attempt(stripe, &http, &answer, reply);
		reply->result = judge(stripe->arena, call, result, &answer, reply);
	} while (reply->attempts <= LIMIT_STRIPE_RETRIES && worth_repeating(result, &answer) &&
	    wait_before(stripe, reply->attempts, &answer));

	if (doubt && reply->result == STRIPE_REFUSED_FOR_NOW && !reply->key_spent)
		stripe_unknown(reply, reply->message);
	log_call(stripe, call, reply, started_ms);
	return reply->result;
}

bool
stripe_id_valid(const char *id)
{
	static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789_";
	size_t len = strlen(id);
	const char *underscore = strchr(id, '_');

	if (len > ID_BYTES || strspn(id, word) != len)
		return false;
	return underscore != NULL && underscore != id && underscore[1] != '\0';
}

enum stripe_result
stripe_refuse_id(struct stripe_reply *reply)
{
	*reply = (struct stripe_reply) {
		.result = STRIPE_REFUSED,
		.message = "not an id of Stripe's",
	};
	return reply->result;
}

enum stripe_result
stripe_unknown(struct stripe_reply *reply, const char *message)
{
	reply->result = STRIPE_UNKNOWN;
	reply->object = NULL;
	reply->message = message;
	return reply->result;
}

/* An answer about another object than the requested one is STRIPE_UNKNOWN. */
static enum stripe_result
check_id(const char *id, struct stripe_reply *reply)
{
	const char *answered = json_text(json_get(reply->object, "id"));

	if (reply->object != NULL && (answered == NULL || strcmp(answered, id) != 0))
		return stripe_unknown(reply, "the answer has another id than was asked for");
	return reply->result;
}

static struct stripe_call
get_call(struct arena *arena, const struct stripe_kind *kind, const char *id)
{
	return (struct stripe_call) {
		.method = "GET",
		.path = arena_printf(arena, "%s%s", kind->path, id),
		.label = kind->label,
		.object = kind->object,
		.names_account = kind->names_account,
		.params = kind->params,
	};
}

enum stripe_result
stripe_get(struct stripe *stripe, const struct stripe_kind *kind, const char *id,
    struct stripe_reply *reply)
{
	struct stripe_call call;

	if (!stripe_id_valid(id))
		return stripe_refuse_id(reply);
	call = get_call(stripe->arena, kind, id);
	stripe_perform(stripe, &call, reply);
	return check_id(id, reply);
}

void
stripe_get_begin(struct stripe *stripe, const struct stripe_kind *kind, const char *id,
    struct stripe_get *get, struct http_call *http)
{
	const char **headers = arena_alloc(stripe->arena, HEADERS_MAX * sizeof(*headers));
	struct stripe_call call = get_call(stripe->arena, kind, id);

	CHECK(stripe_id_valid(id));
	*get = (struct stripe_get) {
		.stripe = stripe,
		.kind = kind,
		.id = id,
		.started_ms = clock_monotonic_ms(),
	};
	make_request(stripe, &call, http, headers);
	http->timeout_ms = timeout_ms(stripe);
}

void
stripe_get_end(const struct stripe_get *get, const struct http_answer *answer,
    enum http_result result, struct stripe_reply *reply)
{
	struct arena *arena = get->stripe->arena;
	struct stripe_call call = get_call(arena, get->kind, get->id);

	*reply = (struct stripe_reply) { .attempts = 1 };
	reply->result = judge(arena, &call, result, answer, reply);
	check_id(get->id, reply);
	log_call(get->stripe, &call, reply, get->started_ms);
}

void
stripe_get_many(struct stripe *stripe, const struct stripe_kind *kind, const char *const *ids,
    size_t count, struct stripe_reply *replies)
{
	struct arena *arena = stripe->arena;
	struct stripe_get *gets = arena_zalloc(arena, count * sizeof(*gets));
	struct http_call *http = arena_zalloc(arena, count * sizeof(*http));
	struct http_answer *answers = arena_zalloc(arena, count * sizeof(*answers));
	enum http_result *results = arena_zalloc(arena, count * sizeof(*results));

	for (size_t i = 0; i < count; i++)
		stripe_get_begin(stripe, kind, ids[i], &gets[i], &http[i]);
	http_perform_many(arena, http, count, answers, results);
	for (size_t i = 0; i < count; i++)
		stripe_get_end(&gets[i], &answers[i], results[i], &replies[i]);
}

/* --- request -------------------------------------------------------------- */

static const char *
header(struct arena *arena, const char *name, const char *value)
{
	/* a line break would begin another header */
	CHECK(text_visible_ascii(value, LIMIT_TOKEN_BYTES));
	return arena_printf(arena, "%s: %s", name, value);
}

static void
make_headers(const struct stripe *stripe, const struct stripe_call *call, const char **headers)
{
	const char *key = stripe->secret_key;
	struct arena *arena = stripe->arena;
	size_t n = 0;

	CHECK(key != NULL && text_visible_ascii(key, LIMIT_TOKEN_BYTES));
	headers[n++] = arena_printf(arena, "Authorization: Bearer %s", key);
	headers[n++] = "Stripe-Version: " STRIPE_VERSION;
	headers[n++] = "Content-Type: application/x-www-form-urlencoded";
	headers[n++] = "Accept: application/json";
	if (call->idempotency_key != NULL)
		headers[n++] = header(arena, "Idempotency-Key", call->idempotency_key);
	if (call->account != NULL)
		headers[n++] = header(arena, "Stripe-Account", call->account);
	headers[n] = NULL;
	CHECK(n < HEADERS_MAX);
}

static void
make_request(const struct stripe *stripe, const struct stripe_call *call, struct http_call *http,
    const char **headers)
{
	bool post = strcmp(call->method, "POST") == 0;
	char *form = stripe_form(stripe->arena, call->params);
	char *url = url_join(stripe->arena, stripe->conf->stripe_api_base, call->path, NULL);

	/* without a key a repetition could move money twice */
	CHECK(post == (call->idempotency_key != NULL));
	CHECK(!post || strlen(call->idempotency_key) <= LIMIT_IDEMPOTENCY_KEY_BYTES);
	if (!post && form[0] != '\0')
		url = arena_printf(stripe->arena, "%s?%s", url, form);
	make_headers(stripe, call, headers);
	*http = (struct http_call) {
		.method = call->method,
		.url = url,
		.label = call->label,
		.headers = headers,
		.body = post ? form : NULL,
		.body_len = post ? strlen(form) : 0,
		.answer_max = call->answer_max,
		.filter = call->filter,
	};
}

/* --- attempts ------------------------------------------------------------- */

/* The timeout of one attempt; 0 = too late for one. */
static int64_t
timeout_ms(const struct stripe *stripe)
{
	int64_t left_ms = clock_left_ms(stripe->deadline_ms);

	return left_ms < stripe->conf->stripe_timeout_ms ? left_ms :
							   stripe->conf->stripe_timeout_ms;
}

static enum http_result
attempt(const struct stripe *stripe, struct http_call *http, struct http_answer *answer,
    struct stripe_reply *reply)
{
	http->timeout_ms = timeout_ms(stripe);
	if (http->timeout_ms > 0)
		reply->attempts++;
	return http_perform(stripe->arena, http, answer);
}

/* The rule of Stripe's SDK; 429 is repeated only when Stripe-Should-Retry says so. */
static bool
worth_repeating(enum http_result result, const struct http_answer *answer)
{
	if (result != HTTP_ANSWERED)
		return !answer->too_large;
	if (answer->should_retry != NULL && strcmp(answer->should_retry, "false") == 0)
		return false;
	if (answer->should_retry != NULL && strcmp(answer->should_retry, "true") == 0)
		return true;
	return answer->status == 409 || answer->status >= 500;
}

/* 50 to 100 % of base * 2^n, at most BACKOFF_CAP * base, never below base. */
static int64_t
backoff_ms(int64_t base_ms, int repetition)
{
	int64_t wait_ms = base_ms << (repetition - 1);
	uint16_t dice;

	if (wait_ms > BACKOFF_CAP * base_ms)
		wait_ms = BACKOFF_CAP * base_ms;
	crypto_random(&dice, sizeof(dice));
	wait_ms = wait_ms / 2 + wait_ms * dice / (2 * UINT16_MAX);
	return wait_ms > base_ms ? wait_ms : base_ms;
}

/* Waits before a repetition; false, at once = it would start after the deadline. */
static bool
wait_before(const struct stripe *stripe, int repetition, const struct http_answer *answer)
{
	int64_t left_ms = clock_left_ms(stripe->deadline_ms);
	int64_t wait_ms;

	if (left_ms == 0)
		return false;
	wait_ms = backoff_ms(stripe->backoff_ms, repetition);
	if (answer->retry_after_s * 1000 > wait_ms)
		wait_ms = answer->retry_after_s * 1000;
	if (wait_ms >= left_ms)
		return false;
	clock_sleep_ms(wait_ms);
	return true;
}

/* --- classification ------------------------------------------------------- */

/* Date counts whole seconds: on average it is half a second old. */
static void
note_clocks(const struct http_answer *answer, struct stripe_clocks *clocks)
{
	if (answer->date_s == 0)
		return;
	clocks->stripe_s = answer->date_s;
	clocks->ahead_ms = answer->date_came_ms - answer->date_s * 1000 - 500;
	clocks->monotonic_ms = answer->date_came_monotonic_ms;
}

static enum stripe_result
judge(struct arena *arena, const struct stripe_call *call, enum http_result result,
    const struct http_answer *answer, struct stripe_reply *reply)
{
	const struct json *json;

	*reply = (struct stripe_reply) {
		.attempts = reply->attempts,
		.stripe_request_id = answer->request_id,
		.too_large = answer->too_large,
		.message = answer->error,
	};
	note_clocks(answer, &reply->clocks);
	if (result != HTTP_ANSWERED)
		return STRIPE_UNKNOWN;
	reply->status = answer->status;
	json = json_parse(arena, answer->body, answer->body_len, &reply->message);
	if (json == NULL)
		return STRIPE_UNKNOWN;
	reply->message = NULL;
	if (answer->status >= 200 && answer->status < 300)
		return stripe_classify_object(call, json, reply);
	return stripe_classify_error(arena, call, json, reply);
}

/* --- log ------------------------------------------------------------------ */

/* An error when the operator must act: a key without rights, a wrong use of idempotency keys. */
static enum log_level
log_level(const struct stripe_reply *reply)
{
	if (reply->result == STRIPE_OK)
		return LOG_LEVEL_INFO;
	if (reply->type != NULL && strcmp(reply->type, "idempotency_error") == 0)
		return LOG_LEVEL_ERROR;
	return reply->result == STRIPE_RIGHTS ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN;
}

static void
log_call(const struct stripe *stripe, const struct stripe_call *call,
    const struct stripe_reply *reply, int64_t started_ms)
{
	char status[16], attempts[16], ms[24];

	snprintf(status, sizeof(status), "%d", reply->status);
	snprintf(attempts, sizeof(attempts), "%d", reply->attempts);
	snprintf(ms, sizeof(ms), "%lld", (long long)(clock_monotonic_ms() - started_ms));
	/* Stripe's message may quote parameters that we sent; its code and type do not */
	log_event(log_level(reply), stripe->request_id, "stripe call", "call", call->label,
	    "result", stripe_result_name(reply->result), "status", status, "attempts", attempts,
	    "ms", ms, "stripe_request", reply->stripe_request_id, "type", reply->type, "reason",
	    reply->type == NULL ? reply->message : reply->code, NULL);
}
