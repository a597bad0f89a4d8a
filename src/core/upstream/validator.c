/* Calls of the validator. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/money.h"
#include "core/json/json.h"
#include "core/json/json_out.h"
#include "core/upstream/http.h"
#include "core/upstream/url.h"
#include "core/upstream/validator.h"

#define CENTS 2 /* decimals of usd */
#define HALF_DAY_MS (12 * 3600 * 1000)
#define NUMBER_BYTES 64
#define POWER_BYTES 5 /* "e-999" */

/*
 * The validator's bucket names without "SUBACCOUNT_" or "PRO_" in front.  PRO_CHALLENGE_TRANSITION,
 * a funded account on its way to a second challenge, is left out on purpose, so that the
 * account keeps its status.
 */
static const struct {
	const char *word;
	enum validator_bucket bucket;
} words[] = {
	{ "CHALLENGE", VALIDATOR_BUCKET_EVALUATION },
	{ "CHALLENGE_DIRECT", VALIDATOR_BUCKET_EVALUATION },
	{ "CHALLENGE_FROM_STANDARD", VALIDATOR_BUCKET_EVALUATION },
	{ "FUNDED", VALIDATOR_BUCKET_FUNDED },
	{ "ALPHA", VALIDATOR_BUCKET_FUNDED },
	{ "MAINCOMP", VALIDATOR_BUCKET_FUNDED },
	{ "ELIMINATED", VALIDATOR_BUCKET_ELIMINATED },
};

/* The members of a week that are kept, in the order of the answer. */
static const char *const week_members[] = {
	"start_time_ms",
	"end_time_ms",
	"balance",
	"unrealized",
	"weekly_penalty",
	"scale",
	"gross",
	"payout",
};

static struct http_call bucket_call(struct arena *arena, const struct conf *conf, const char *token,
    const char *synthetic_hotkey, int64_t timeout_ms);
static struct http_call payout_call(struct arena *arena, const struct conf *conf, const char *token,
    const char *subaccount_uuid, int64_t timeout_ms);
static enum validator_result judge_bucket(struct arena *arena, enum http_result result,
    const struct http_answer *answer, const char *synthetic_hotkey, enum validator_bucket *bucket);
static void judge_payout(struct arena *arena, enum http_result result,
    const struct http_answer *answer, const char *subaccount_uuid,
    struct validator_reading *reading);
static enum validator_result unavailable(const struct http_answer *answer, const char *reason);
static const struct json *read_answer(struct arena *arena, const struct http_answer *answer);
static enum validator_bucket read_bucket(const struct json *dashboard);

enum validator_result
validator_bucket(struct arena *arena, const struct conf *conf, const char *token,
    const char *synthetic_hotkey, int64_t timeout_ms, enum validator_bucket *bucket)
{
	struct http_call call = bucket_call(arena, conf, token, synthetic_hotkey, timeout_ms);
	struct http_answer answer;

	return judge_bucket(arena, http_perform(arena, &call, &answer), &answer, synthetic_hotkey,
	    bucket);
}

void
validator_read_begin(struct arena *arena, const struct conf *conf, const char *token,
    const char *subaccount_uuid, const char *synthetic_hotkey, int64_t timeout_ms,
    struct http_call calls[VALIDATOR_READ_CALLS])
{
	calls[0] = payout_call(arena, conf, token, subaccount_uuid, timeout_ms);
	calls[1] = bucket_call(arena, conf, token, synthetic_hotkey, timeout_ms);
}

/* Half an answer is none: without its bucket a payout is not believed. */
void
validator_read_end(struct arena *arena, const char *subaccount_uuid, const char *synthetic_hotkey,
    const struct http_answer answers[VALIDATOR_READ_CALLS],
    const enum http_result results[VALIDATOR_READ_CALLS], struct validator_reading *reading)
{
	*reading = (struct validator_reading) { 0 };
	if (judge_bucket(arena, results[1], &answers[1], synthetic_hotkey, &reading->bucket) ==
	    VALIDATOR_OK)
		judge_payout(arena, results[0], &answers[0], subaccount_uuid, reading);
}

const char *
validator_bucket_name(enum validator_bucket bucket)
{
	switch (bucket) {
	case VALIDATOR_BUCKET_EVALUATION:
		return "evaluation";
	case VALIDATOR_BUCKET_FUNDED:
		return "funded";
	case VALIDATOR_BUCKET_ELIMINATED:
		return "eliminated";
	case VALIDATOR_BUCKET_UNKNOWN:
		return NULL;
	}
	BUG("no such bucket: %d", (int)bucket);
}

/* --- requests --------------------------------------------------------------- */

static struct http_call
bucket_call(struct arena *arena, const struct conf *conf, const char *token,
    const char *synthetic_hotkey, int64_t timeout_ms)
{
	const char **headers = arena_zalloc(arena, 2 * sizeof(*headers));

	CHECK(conf->validator_base != NULL);
	headers[0] = http_bearer(arena, token);
	return (struct http_call) {
		.method = "GET",
		.url =
		    url_join(arena, conf->validator_base, "/entity/subaccount/", synthetic_hotkey),
		.label = "GET /entity/subaccount/*",
		.headers = headers,
		.timeout_ms = timeout_ms,
	};
}

/* From the beginning to the last half day: the high-water mark needs every earlier week. */
static struct http_call
payout_call(struct arena *arena, const struct conf *conf, const char *token,
    const char *subaccount_uuid, int64_t timeout_ms)
{
	const char **headers = arena_zalloc(arena, 3 * sizeof(*headers));
	int64_t now_ms = clock_unix_ms();
	struct json_out out;
	struct buf body;

	CHECK(conf->validator_base != NULL);
	headers[0] = "Content-Type: application/json";
	headers[1] = http_bearer(arena, token);
	buf_init(&body, arena, LIMIT_BODY_BYTES);
	json_out_init(&out, &body);
	json_out_object(&out, NULL);
	json_out_text(&out, "subaccount_uuid", subaccount_uuid);
	json_out_int(&out, "start_time_ms", 0);
	json_out_int(&out, "end_time_ms", now_ms - now_ms % HALF_DAY_MS);
	json_out_finish(&out);
	return (struct http_call) {
		.method = "POST",
		.url = url_join(arena, conf->validator_base, "/entity/subaccount/payout", NULL),
		.label = "POST /entity/subaccount/payout",
		.headers = headers,
		.body = body.data,
		.body_len = body.len,
		.timeout_ms = timeout_ms,
	};
}

/* --- answers ---------------------------------------------------------------- */

/* Logs the reason; the answer counts as none. */
static enum validator_result
unavailable(const struct http_answer *answer, const char *reason)
{
	char status[16];

	snprintf(status, sizeof(status), "%d", answer->status);
	log_event(LOG_LEVEL_WARN, NULL, "validator unavailable", "status", status, "reason", reason,
	    NULL);
	return VALIDATOR_UNAVAILABLE;
}

/* NULL = not JSON, or an answer that says of itself that it is none. */
static const struct json *
read_answer(struct arena *arena, const struct http_answer *answer)
{
	const char *why;
	const struct json *read = json_parse(arena, answer->body, answer->body_len, &why);
	const struct json *status = json_get(read, "status");
	const char *word = json_text(status);

	if (status != NULL && (word == NULL || strcmp(word, "success") != 0))
		return NULL;
	return read;
}

/* Whether an object is about this subaccount: one that does not name its own is. */
static bool
is_about(const struct json *object, const char *member, const char *expected)
{
	const struct json *named = json_get(object, member);
	const char *name = json_text(named);

	return named == NULL || (name != NULL && strcmp(name, expected) == 0);
}

static const char *
without_prefix(const char *word)
{
	static const char *const prefixes[] = { "SUBACCOUNT_", "PRO_" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t len = strlen(prefixes[i]);

		if (strncasecmp(word, prefixes[i], len) == 0)
			return word + len;
	}
	return word;
}

/* An elimination takes precedence over the bucket, which the validator may update later. */
static enum validator_bucket
read_bucket(const struct json *dashboard)
{
	const struct json *elimination = json_get(dashboard, "elimination");
	const char *status = json_text(json_path(dashboard, "subaccount_info.status"));
	const char *word = json_text(json_path(dashboard, "challenge_period.bucket"));

	if (elimination != NULL && json_type(elimination) == JSON_OBJECT)
		return VALIDATOR_BUCKET_ELIMINATED;
	if (status != NULL && strcasecmp(status, "eliminated") == 0)
		return VALIDATOR_BUCKET_ELIMINATED;
	if (word == NULL)
		return VALIDATOR_BUCKET_UNKNOWN;
	word = without_prefix(word);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(word, words[i].word) == 0)
			return words[i].bucket;
	}
	return VALIDATOR_BUCKET_UNKNOWN;
}

static enum validator_result
judge_bucket(struct arena *arena, enum http_result result, const struct http_answer *answer,
    const char *synthetic_hotkey, enum validator_bucket *bucket)
{
	const struct json *dashboard;

	*bucket = VALIDATOR_BUCKET_UNKNOWN;
	if (result != HTTP_ANSWERED)
		return unavailable(answer, answer->error);
	if (answer->status == 404)
		return VALIDATOR_NOT_FOUND;
	if (answer->status < 200 || answer->status > 299)
		return unavailable(answer, "not a success");
	dashboard = json_get(read_answer(arena, answer), "dashboard");
	if (dashboard == NULL || json_type(dashboard) != JSON_OBJECT)
		return unavailable(answer, "no dashboard in the answer");
	if (!is_about(json_get(dashboard, "subaccount_info"), "synthetic_hotkey", synthetic_hotkey))
		return unavailable(answer, "a dashboard of another subaccount");
	*bucket = read_bucket(dashboard);
	return VALIDATOR_OK;
}

/* --- payout ----------------------------------------------------------------- */

/* The text of a JSON number within the limits of length and amount, else NULL. */
static const char *
plain_number(const struct json *value)
{
	const char *text = json_number_text(value);
	const char *power;
	int64_t floored;

	if (text == NULL || strlen(text) > NUMBER_BYTES ||
	    !money_floor(text, strlen(text), CENTS, &floored))
		return NULL;
	power = strpbrk(text, "eE");
	return power == NULL || strlen(power) <= POWER_BYTES ? text : NULL;
}

/* False = a member is neither a plain number nor null. */
static bool
print_week(struct json_out *out, const struct json *week)
{
	if (json_type(week) != JSON_OBJECT)
		return false;
	json_out_object(out, NULL);
	for (size_t i = 0; i < sizeof(week_members) / sizeof(week_members[0]); i++) {
		const struct json *value = json_get(week, week_members[i]);
		const char *number = plain_number(value);

		if (number == NULL && value != NULL && json_type(value) != JSON_NULL)
			return false;
		json_out_raw(out, week_members[i], number);
	}
	json_out_close(out);
	return true;
}

/* NULL = not a list of weeks. */
static const char *
print_weeks(struct arena *arena, const struct json *weeks)
{
	struct json_out out;
	struct buf buf;

	if (weeks != NULL && json_type(weeks) != JSON_ARRAY && json_type(weeks) != JSON_NULL)
		return NULL;
	buf_init(&buf, arena, LIMIT_UPSTREAM_BODY_BYTES);
	json_out_init(&out, &buf);
	json_out_array(&out, NULL);
	for (size_t i = 0; i < json_length(weeks); i++) {
		if (!print_week(&out, json_at(weeks, i)))
			return NULL;
	}
	json_out_finish(&out);
	return buf.overflow ? NULL : buf.data;
}

/* The answer's part about money, under its newer or its older name, or NULL. */
static const struct json *
payout_data(const struct json *answer)
{
	const struct json *data = json_get(answer, "data");

	if (data == NULL)
		data = json_get(answer, "payout_data");
	return data != NULL && json_type(data) == JSON_OBJECT ? data : NULL;
}

/* NULL, with total and weeks stored, or why the answer is none. */
static const char *
read_payout(struct arena *arena, const struct json *answer, const char *subaccount_uuid,
    struct validator_reading *reading)
{
	const struct json *data = payout_data(answer);
	const char *total = plain_number(json_get(data, "payout"));
	const char *weeks = print_weeks(arena, json_get(data, "weekly_settlements"));

	if (total == NULL)
		return "an answer without a total";
	if (!is_about(answer, "subaccount_uuid", subaccount_uuid) ||
	    !is_about(data, "subaccount_uuid", subaccount_uuid))
		return "an answer about another subaccount";
	if (weeks == NULL)
		return "an answer whose weeks are not readable";
	reading->total = total;
	reading->weeks = weeks;
	return NULL;
}

static void
judge_payout(struct arena *arena, enum http_result result, const struct http_answer *answer,
    const char *subaccount_uuid, struct validator_reading *reading)
{
	if (result != HTTP_ANSWERED) {
		unavailable(answer, answer->error);
	} else if (answer->status == 404) {
		reading->total = "0";
		reading->weeks = "[]";
	} else if (answer->status < 200 || answer->status > 299) {
		unavailable(answer, "not a success");
	} else {
		reading->problem =
		    read_payout(arena, read_answer(arena, answer), subaccount_uuid, reading);
		if (reading->problem != NULL)
			unavailable(answer, reading->problem);
	}
}
