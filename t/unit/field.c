/* Protects: a JSON body reaches a handler only as typed, bounded values; every mistake is named. */
#include <stddef.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/json/json.h"
#include "core/web/field.h"
#include "core/web/req.h"
#include "core/web/route.h"
#include "t/lib/tap.h"

struct input {
	const char *name;
	int64_t count;
	const char *note;
	const char *memo;
	const char *day;
	const char *ref;
	struct field_number amount;
};

static const struct field fields[] = {
	{ "name", FIELD_TEXT, true, 1, 3, offsetof(struct input, name) },
	{ "count", FIELD_INT, true, -5, 100, offsetof(struct input, count) },
	{ "note", FIELD_TEXT, false, 0, 3, offsetof(struct input, note) },
	{ "memo", FIELD_CLEARABLE, false, 0, 3, offsetof(struct input, memo) },
	{ "day", FIELD_DATE, false, 0, 0, offsetof(struct input, day) },
	{ "ref", FIELD_UUID, false, 0, 0, offsetof(struct input, ref) },
	{ "amount", FIELD_CENTS, false, -150, 10000, offsetof(struct input, amount) },
	{ "owner", FIELD_FIXED, false, 0, 0, 0 },
	{ 0 },
};

#define BASE "{\"name\":\"a\",\"count\":1"
#define CENTS "must be a number from -1.50 to 100.00 with at most two decimals"

static const struct {
	const char *body;
	const char *wrong; /* field of the first error; NULL = it binds */
	const char *message;
	size_t errors;
} cases[] = {
	{ "{\"name\":\"abc\",\"count\":100}", NULL, NULL, 0 },
	{ "{\"name\":\"abc\",\"count\":-5,\"note\":\"\"}", NULL, NULL, 0 },
	{ "{\"name\":\"äöü\",\"count\":0,\"note\":null}", NULL, NULL, 0 },
	{ "{\"name\":\"abc\",\"count\":1,\"other\":[1,2]}", NULL, NULL, 0 },
	{ "{}", "name", "is required", 2 },
	{ "{\"name\":null,\"count\":1}", "name", "is required", 1 },
	{ "{\"name\":\"\",\"count\":1}", "name", "must have 1 to 3 characters", 1 },
	{ "{\"name\":\"abcd\",\"count\":1}", "name", "must have 1 to 3 characters", 1 },
	{ "{\"name\":\"äöüß\",\"count\":1}", "name", "must have 1 to 3 characters", 1 },
	{ "{\"name\":7,\"count\":1}", "name", "must be a string", 1 },
	{ "{\"name\":[\"a\"],\"count\":1}", "name", "must be a string", 1 },
	{ "{\"name\":\"a\",\"count\":101}", "count", "must be a whole number from -5 to 100", 1 },
	{ "{\"name\":\"a\",\"count\":-6}", "count", "must be a whole number from -5 to 100", 1 },
	{ "{\"name\":\"a\",\"count\":1.0}", "count", "must be a whole number from -5 to 100", 1 },
	{ "{\"name\":\"a\",\"count\":1e1}", "count", "must be a whole number from -5 to 100", 1 },
	{ "{\"name\":\"a\",\"count\":\"1\"}", "count", "must be a whole number from -5 to 100", 1 },
	{ "{\"name\":\"a\",\"count\":true}", "count", "must be a whole number from -5 to 100", 1 },
	{ "{\"name\":\"a\",\"count\":99999999999999999999}", "count",
	    "must be a whole number from -5 to 100", 1 },
	{ "{\"name\":\"a\",\"count\":-99999999999999999999}", "count",
	    "must be a whole number from -5 to 100", 1 },
	{ BASE ",\"memo\":\"long\"}", "memo", "must have 0 to 3 characters", 1 },
	{ BASE ",\"memo\":1}", "memo", "must be a string", 1 },
	{ BASE ",\"memo\":null}", NULL, NULL, 0 },
	{ BASE ",\"day\":\"2024-02-29\"}", NULL, NULL, 0 },
	{ BASE ",\"day\":\"2023-02-29\"}", "day", "must be a date like 2024-01-31", 1 },
	{ BASE ",\"day\":20240101}", "day", "must be a date like 2024-01-31", 1 },
	{ BASE ",\"ref\":\"01a1fba6-8a3b-7c55-9b4e-0123456789ab\"}", NULL, NULL, 0 },
	{ BASE ",\"ref\":\"01a1fba6\"}", "ref", "must be a UUID", 1 },
	{ BASE ",\"ref\":[]}", "ref", "must be a UUID", 1 },
	{ BASE ",\"amount\":100}", NULL, NULL, 0 },
	{ BASE ",\"amount\":100.01}", "amount", CENTS, 1 },
	{ BASE ",\"amount\":-1.5}", NULL, NULL, 0 },
	{ BASE ",\"amount\":-1.51}", "amount", CENTS, 1 },
	{ BASE ",\"amount\":1.005}", "amount", CENTS, 1 },
	{ BASE ",\"amount\":1.000}", "amount", CENTS, 1 },
	{ BASE ",\"amount\":1e1}", "amount", CENTS, 1 },
	{ BASE ",\"amount\":\"1\"}", "amount", CENTS, 1 },
	{ BASE ",\"amount\":true}", "amount", CENTS, 1 },
	{ BASE ",\"amount\":99999999999999999999999}", "amount", CENTS, 1 },
	{ BASE ",\"owner\":\"x\"}", "owner", "cannot be changed", 1 },
	{ BASE ",\"owner\":null}", NULL, NULL, 0 },
	{ "{\"name\":5,\"count\":1.5,\"note\":\"long\"}", "name", "must be a string", 3 },
};

static void
test_case(struct arena *arena, size_t i)
{
	static const struct route route = { .api = API_PROP };
	struct req req = { .arena = arena, .method = "POST", .path = "/v2/x", .route = &route };
	struct input in = { 0 };
	const char *why = NULL;
	const struct json *json =
	    json_parse_body(arena, cases[i].body, strlen(cases[i].body), &why);

	if (!ok(json != NULL, "%s is JSON", cases[i].body))
		return;
	field_bind(&req, fields, json, &in);
	is_int((int64_t)req.problem.field_count, (int64_t)cases[i].errors, "%s: mistakes",
	    cases[i].body);
	is_int(req.status, cases[i].errors == 0 ? 0 : 422, "%s: status", cases[i].body);
	if (cases[i].wrong == NULL || req.problem.field_count == 0)
		return;
	is_str(req.problem.fields[0].field, cases[i].wrong, "%s: field", cases[i].body);
	is_str(req.problem.fields[0].message, cases[i].message, "%s: message", cases[i].body);
}

static void
test_values(struct arena *arena)
{
	static const struct route route = { .api = API_PROP };
	struct req req = { .arena = arena, .method = "POST", .path = "/v2/x", .route = &route };
	struct input in = { 0 };
	const char *body = "{\"count\":42,\"name\":\"\\u00e4b\"}";
	const char *why;

	field_bind(&req, fields, json_parse_body(arena, body, strlen(body), &why), &in);
	is_str(in.name, "äb", "text arrives decoded");
	is_int(in.count, 42, "a number arrives as an integer");
	ok(in.note == NULL, "an absent optional field stays NULL");
	ok(in.memo == NULL && !in.amount.given,
	    "an absent clearable text and an absent number stay unset");
	body =
	    "{\"count\":42,\"name\":\"a\",\"memo\":null,\"amount\":-0.50,\"day\":\"0001-01-01\"}";
	field_bind(&req, fields, json_parse_body(arena, body, strlen(body), &why), &in);
	is_str(in.memo, "", "null clears a text");
	ok(in.amount.given && in.amount.n == -50, "a number is in hundredths, from its text");
	is_str(in.day, "0001-01-01", "a date stays text");
}

/* What is absent from a PUT keeps its value: null would be ignored where nothing can be cleared. */
static void
test_null_in_put(struct arena *arena)
{
	static const struct route route = { .api = API_PROP };
	struct req req = { .arena = arena, .method = "PUT", .path = "/v2/x", .route = &route };
	struct input in = { 0 };
	const char *body = BASE ",\"note\":null,\"memo\":null,\"day\":null,\"ref\":null,"
				"\"amount\":null,\"owner\":null}";
	const char *why;

	field_bind(&req, fields, json_parse_body(arena, body, strlen(body), &why), &in);
	is_int((int64_t)req.problem.field_count, 5, "null in a PUT: all but the clearable text");
	is_str(req.problem.fields[0].field, "note", "null in a PUT: a text");
	is_str(req.problem.fields[0].message, "must not be null; left out it keeps its value",
	    "null in a PUT: the message says what to do");
	is_str(req.problem.fields[4].message, "cannot be changed", "null in a PUT: a fixed field");
	is_str(in.memo, "", "null in a PUT clears a clearable text");
}

int
main(void)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(&arena, i);
	test_values(&arena);
	test_null_in_put(&arena);
	arena_release(&arena);
	return done();
}
