/* Protects: the call that may have made a subaccount is never reported as "not made". */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/json/json.h"
#include "core/upstream/http.h"
#include "core/upstream/provider.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_server.h"

#define TOKEN "provider-token-1"
/* clang-format off */
#define MADE(id, uuid, hotkey) \
	"{\"status\":\"success\",\"subaccount\":{\"subaccount_id\":" id \
	",\"subaccount_uuid\":" uuid ",\"synthetic_hotkey\":" hotkey \
	",\"account_size\":100000.0,\"asset_class\":\"crypto\",\"status\":\"active\"}}"
#define BARE "{\"subaccount_id\":7,\"subaccount_uuid\":\"u\",\"synthetic_hotkey\":\"5F_7\"}"
#define OF(class, size, hotkey) \
	"{\"status\":\"success\",\"subaccount\":{\"subaccount_id\":3,\"subaccount_uuid\":\"u\"," \
	"\"synthetic_hotkey\":\"" hotkey "\",\"asset_class\":\"" class "\"," \
	"\"account_size\":" size "}}"
#define TEXT_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ANSWERS(status, body) { { ANSWER, status, NULL, body, 0 } }
/* clang-format on */

static struct arena arena;

static struct conf conf;

static const struct provider_order order = {
	.token = TOKEN,
	.entity_hotkey = "5F",
	.asset_class = "crypto",
	.account_size = 100000,
};

/* Upstreams are at that server, which has time enough unless it is to be silent. */
static void
aim(const struct scripted_server *server, const struct scripted_step *steps)
{
	conf.provider_timeout_ms = steps[0].action == HANG ? 300 : 10000;
	conf.validator_timeout_ms = conf.provider_timeout_ms;
	conf.provider_base = arena_strdup(&arena, scripted_url(server));
	conf.validator_base = conf.provider_base;
}

/* --- create ------------------------------------------------------------------- */

/* clang-format off */
static const struct create_case {
	const char *name;
	struct scripted_step steps[2];
	enum provider_result result;
	int status;
} create_cases[] = {
	{ "made", ANSWERS(200, MADE("42", "\"9c1\"", "\"5F_42\"")), PROVIDER_OK, 200 },
	{ "made, 201", ANSWERS(201, MADE("0", "\"9c1\"", "\"5F_0\"")), PROVIDER_OK, 201 },
	{ "the longest words, another entity's", ANSWERS(200, MADE("1", "\"" TEXT_64 "\"",
	    "\"" TEXT_64 TEXT_64 "\"")), PROVIDER_UNKNOWN, 200 },
	{ "class and size not repeated", ANSWERS(200, "{\"status\":\"success\",\"subaccount\":"
	    BARE "}"), PROVIDER_OK, 200 },
	{ "another class", ANSWERS(200, OF("forex", "100000.0", "5F_3")), PROVIDER_UNKNOWN, 200 },
	{ "another size", ANSWERS(200, OF("crypto", "100000.5", "5F_3")), PROVIDER_UNKNOWN, 200 },
	{ "a tenth of the size", ANSWERS(200, OF("crypto", "10000", "5F_3")), PROVIDER_UNKNOWN,
	    200 },
	{ "a size that is no number of ours", ANSWERS(200, OF("crypto", "1e5", "5F_3")),
	    PROVIDER_UNKNOWN, 200 },
	{ "another entity's", ANSWERS(200, OF("crypto", "100000", "5G_3")), PROVIDER_UNKNOWN, 200 },
	{ "another id in its hotkey", ANSWERS(200, OF("crypto", "100000", "5F_4")),
	    PROVIDER_UNKNOWN, 200 },
	{ "an entity's whose name begins as ours", ANSWERS(200, OF("crypto", "100000", "5F_x_3")),
	    PROVIDER_UNKNOWN, 200 },
	{ "400", ANSWERS(400, "{\"error\":\"Invalid asset_class\"}"), PROVIDER_REFUSED, 400 },
	{ "401", ANSWERS(401, "{\"error\":\"Unauthorized\"}"), PROVIDER_RIGHTS, 401 },
	{ "403", ANSWERS(403, "no"), PROVIDER_REFUSED, 403 },
	{ "404", ANSWERS(404, "{}"), PROVIDER_UNKNOWN, 404 },
	{ "409", ANSWERS(409, "{}"), PROVIDER_UNKNOWN, 409 },
	{ "429", ANSWERS(429, "{}"), PROVIDER_UNKNOWN, 429 },
	{ "500", ANSWERS(500, "{\"error\":\"no\"}"), PROVIDER_UNKNOWN, 500 },
	{ "503", ANSWERS(503, "{}"), PROVIDER_UNKNOWN, 503 },
	{ "504", ANSWERS(504, "<html>"), PROVIDER_UNKNOWN, 504 },
	{ "302", { { ANSWER, 302, "Location: /x\r\n", "", 0 } }, PROVIDER_UNKNOWN, 302 },
	{ "HTML", ANSWERS(200, "<html>"), PROVIDER_UNKNOWN, 200 },
	{ "no body", ANSWERS(200, ""), PROVIDER_UNKNOWN, 200 },
	{ "half a body", ANSWERS(200, "{\"status\":\"success\",\"subacc"), PROVIDER_UNKNOWN,
	    200 },
	{ "not a success", ANSWERS(200, "{\"status\":\"error\",\"message\":\"busy\"}"),
	    PROVIDER_UNKNOWN, 200 },
	{ "no subaccount", ANSWERS(200, "{\"status\":\"success\"}"), PROVIDER_UNKNOWN, 200 },
	{ "a negative id", ANSWERS(200, MADE("-1", "\"a\"", "\"b\"")), PROVIDER_UNKNOWN, 200 },
	{ "an id as text", ANSWERS(200, MADE("\"1\"", "\"a\"", "\"b\"")), PROVIDER_UNKNOWN,
	    200 },
	{ "a broken id", ANSWERS(200, MADE("1.5", "\"a\"", "\"b\"")), PROVIDER_UNKNOWN, 200 },
	{ "an empty uuid", ANSWERS(200, MADE("1", "\"\"", "\"b\"")), PROVIDER_UNKNOWN, 200 },
	{ "a uuid too long", ANSWERS(200, MADE("1", "\"" TEXT_64 "x\"", "\"b\"")),
	    PROVIDER_UNKNOWN, 200 },
	{ "a uuid with a space", ANSWERS(200, MADE("1", "\"a b\"", "\"b\"")),
	    PROVIDER_UNKNOWN, 200 },
	{ "no hotkey", ANSWERS(200, MADE("1", "\"a\"", "null")), PROVIDER_UNKNOWN, 200 },
	{ "a hotkey too long", ANSWERS(200, MADE("1", "\"a\"",
	    "\"" TEXT_64 TEXT_64 "x\"")), PROVIDER_UNKNOWN, 200 },
	{ "cut", { { CUT, 0, NULL, NULL, 0 } }, PROVIDER_UNKNOWN, 0 },
	{ "cut short", { { TRUNCATE, 200, NULL, MADE("1", "\"a\"", "\"b\""), 0 } },
	    PROVIDER_UNKNOWN, 0 },
	{ "silent", { { HANG, 0, NULL, NULL, 0 } }, PROVIDER_UNKNOWN, 0 },
	{ "10 MB", { { BIG, 200, NULL, NULL, 10 << 20 } }, PROVIDER_UNKNOWN, 0 },
};
/* clang-format on */

static void
test_create_results(void)
{
	for (size_t i = 0; i < sizeof create_cases / sizeof *create_cases; i++) {
		const struct create_case *c = &create_cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		struct provider_error error;
		struct subaccount made;

		aim(server, c->steps);
		is_int(provider_create(&arena, &conf, &order, 0, &made, &error), c->result,
		    "create, %s: result", c->name);
		is_int(error.status, c->status, "create, %s: status", c->name);
		ok((error.message != NULL) == (c->result != PROVIDER_OK), "create, %s: message",
		    c->name);
		is_int((int64_t)scripted_count(server), 1, "create, %s: sent once", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

static void
test_create(void)
{
	struct scripted_server *server = scripted_start(create_cases[0].steps);
	const struct scripted_request *request;
	struct provider_error error;
	struct subaccount made;

	aim(server, create_cases[0].steps);
	is_int(provider_create(&arena, &conf, &order, 0, &made, &error), PROVIDER_OK,
	    "create: the call succeeds");
	is_int(made.id, 42, "create: the id of the subaccount");
	is_str(made.uuid, "9c1", "create: the uuid of the subaccount");
	is_str(made.synthetic_hotkey, "5F_42", "create: the hotkey of the subaccount");
	is_str(made.asset_class, "crypto", "create: the asset class of the subaccount");
	is_str(made.account_size, "100000.0", "create: the account size as it was written");
	is_str(made.status, "active", "create: the status of the subaccount");
	request = scripted_at(server, 0);
	is_str(request->line, "POST /api/create-subaccount HTTP/1.1", "create: the request line");
	is_str(request->body, "{\"asset_class\":\"crypto\",\"account_size\":100000}",
	    "create: the body");
	is_str(scripted_header(request, "Authorization"), "Bearer " TOKEN,
	    "create: the bearer token");
	is_str(scripted_header(request, "Content-Type"), "application/json",
	    "create: the Content-Type");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_create_failures(void)
{
	static const struct scripted_step kept_then_cut[] = {
		{ ANSWER, 200, NULL, MADE("1", "\"a\"", "\"5F_1\""), 0 },
		{ CUT, 0, NULL, NULL, 0 },
		{ ANSWER, 200, NULL, MADE("2", "\"c\"", "\"d\""), 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(kept_then_cut);
	struct provider_error error;
	struct subaccount made;

	aim(server, kept_then_cut);
	is_int(provider_create(&arena, &conf, &order, 0, &made, &error), PROVIDER_OK,
	    "create on a kept connection: the first call succeeds");
	is_int(provider_create(&arena, &conf, &order, 0, &made, &error), PROVIDER_UNKNOWN,
	    "create on a kept connection that is cut: the result is unknown");
	is_int((int64_t)scripted_count(server), 2,
	    "create on a kept connection that is cut: the call is not repeated");
	scripted_stop(server);

	is_int(provider_create(&arena, &conf, &order, 0, &made, &error), PROVIDER_REFUSED_FOR_NOW,
	    "a port without listener");
	is_int(error.status, 0, "a port without listener: no status");
	ok(error.message != NULL, "a port without listener has a reason: %s", error.message);
	arena_reset(&arena);
}

/* A thread that wakes up after its lease has connected, and sends nothing. */
static void
test_create_late(void)
{
	struct scripted_server *server = scripted_start(create_cases[0].steps);
	struct provider_error error;
	struct subaccount made;

	aim(server, create_cases[0].steps);
	is_int(provider_create(&arena, &conf, &order, clock_monotonic_ms() - 1, &made, &error),
	    PROVIDER_REFUSED_FOR_NOW, "create after the end of the lease: nothing is sent");
	is_str(error.message, "no answer from the provider: too late to send it",
	    "create after the end of the lease: the reason");
	is_int((int64_t)scripted_count(server), 0,
	    "create after the end of the lease: the provider sees no request");
	is_int(provider_create(&arena, &conf, &order, clock_monotonic_ms() + 10000, &made, &error),
	    PROVIDER_OK, "create before the end of the lease is sent");
	scripted_stop(server);
	arena_reset(&arena);
}

/* --- what operators read -------------------------------------------------------- */

static void
test_words(void)
{
	static const char snowman[] = "\xe2\x98\x83"; /* three bytes */
	char body[700] = "{\"error\":\"x";
	struct scripted_step steps[2] = { { ANSWER, 400, NULL, body, 0 } };
	struct provider_error error;
	struct subaccount made;
	struct scripted_server *server;

	for (size_t i = 0; i < 100; i++)
		memcpy(body + strlen(body), snowman, sizeof(snowman));
	memcpy(body + strlen(body), "\"}", 3);
	server = scripted_start(steps);
	aim(server, steps);
	is_int(provider_create(&arena, &conf, &order, 0, &made, &error), PROVIDER_REFUSED,
	    "a long reason: the call is refused");
	ok(strlen(error.message) < 260, "a long reason is cut");
	ok(text_utf8_valid(error.message, strlen(error.message)),
	    "a long reason is cut between characters");
	scripted_stop(server);
	arena_reset(&arena);
}

/* --- list ----------------------------------------------------------------------- */

/* clang-format off */
#define ENTITY(subaccounts) \
	"{\"status\":\"success\",\"entity\":{\"entity_hotkey\":\"5F\",\"subaccounts\":" \
	subaccounts "}}"
#define FULL(id) \
	"{\"subaccount_id\":" id ",\"subaccount_uuid\":\"u" id "\"," \
	"\"synthetic_hotkey\":\"5F_" id "\",\"asset_class\":\"crypto\"," \
	"\"account_size\":25000.0,\"status\":\"active\",\"created_at_ms\":1," \
	"\"eliminated_at_ms\":null}"
#define PRINTED(id) \
	"{\"subaccount_id\":" id ",\"subaccount_uuid\":\"u" id "\"," \
	"\"synthetic_hotkey\":\"5F_" id "\",\"asset_class\":\"crypto\"," \
	"\"account_size\":25000.0,\"status\":\"active\"}"
#define BARE_PRINTED \
	"{\"subaccount_id\":7,\"subaccount_uuid\":\"u\",\"synthetic_hotkey\":\"5F_7\"," \
	"\"asset_class\":null,\"account_size\":null,\"status\":null}"
/* clang-format on */

/* clang-format off */
static const struct list_case {
	const char *name;
	struct scripted_step steps[2];
	enum provider_result result;
	const char *json;
} list_cases[] = {
	{ "none", ANSWERS(200, ENTITY("{}")), PROVIDER_OK, "[]" },
	{ "keyed by id", ANSWERS(200, ENTITY("{\"0\":" FULL("0") ",\"1\":" FULL("1") "}")),
	    PROVIDER_OK, "[" PRINTED("0") "," PRINTED("1") "]" },
	{ "an array", ANSWERS(200, ENTITY("[" FULL("0") "]")), PROVIDER_OK,
	    "[" PRINTED("0") "]" },
	{ "only what is needed", ANSWERS(200, ENTITY("{\"7\":" BARE "}")), PROVIDER_OK,
	    "[" BARE_PRINTED "]" },
	{ "one of another entity", ANSWERS(200, ENTITY("{\"1\":" FULL("1") ",\"7\":"
	    "{\"subaccount_id\":7,\"subaccount_uuid\":\"u\",\"synthetic_hotkey\":\"5G_7\"}"
	    "}")), PROVIDER_OK, "[" PRINTED("1") "]" },
	{ "malformed ones among good", ANSWERS(200, ENTITY("{\"a\":null,\"b\":{}," "\"c\":"
	    "{\"subaccount_id\":1.5,\"subaccount_uuid\":\"u\",\"synthetic_hotkey\":\"h\"},"
	    "\"d\":\"x\",\"e\":" FULL("4") ",\"f\":[]}")), PROVIDER_OK,
	    "[" PRINTED("4") "]" },
	{ "unknown entity", ANSWERS(404, "{\"error\":\"not found\"}"), PROVIDER_REFUSED, NULL },
	{ "401", ANSWERS(401, "{\"error\":\"no\"}"), PROVIDER_RIGHTS, NULL },
	{ "500", ANSWERS(500, "{}"), PROVIDER_UNKNOWN, NULL },
	{ "HTML", ANSWERS(200, "<html>"), PROVIDER_UNKNOWN, NULL },
	{ "not a success", ANSWERS(200, "{\"status\":\"error\",\"entity\":{}}"),
	    PROVIDER_UNKNOWN, NULL },
	{ "another entity", ANSWERS(200, "{\"status\":\"success\",\"entity\":"
	    "{\"entity_hotkey\":\"5G\",\"subaccounts\":{}}}"), PROVIDER_UNKNOWN, NULL },
	{ "no subaccounts", ANSWERS(200, "{\"status\":\"success\",\"entity\":{}}"),
	    PROVIDER_UNKNOWN, NULL },
	{ "subaccounts as text", ANSWERS(200, ENTITY("\"none\"")), PROVIDER_UNKNOWN, NULL },
	{ "silent", { { HANG, 0, NULL, NULL, 0 } }, PROVIDER_UNKNOWN, NULL },
};
/* clang-format on */

static void
test_list(void)
{
	for (size_t i = 0; i < sizeof list_cases / sizeof *list_cases; i++) {
		const struct list_case *c = &list_cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		struct provider_error error;
		const char *json = NULL;

		aim(server, c->steps);
		is_int(provider_subaccounts(&arena, &conf, NULL, "5F", &json, &error), c->result,
		    "list, %s: result", c->name);
		is_str(json, c->json, "list, %s: JSON", c->name);
		ok((error.message != NULL) == (c->result != PROVIDER_OK), "list, %s: message",
		    c->name);
		is_str(scripted_at(server, 0)->line, "GET /entity/5F HTTP/1.1", "list, %s: path",
		    c->name);
		ok(scripted_header(scripted_at(server, 0), "Authorization") == NULL,
		    "list, %s: the provider's token stays with the provider", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

static void
test_list_path(void)
{
	struct scripted_server *server = scripted_start(list_cases[6].steps);
	struct provider_error error;
	const char *json;

	aim(server, list_cases[6].steps);
	is_int(provider_subaccounts(&arena, &conf, NULL, "5F/../x?y", &json, &error),
	    PROVIDER_REFUSED, "a strange hotkey: the call is refused");
	is_str(scripted_at(server, 0)->line, "GET /entity/5F%2F..%2Fx%3Fy HTTP/1.1",
	    "a strange hotkey stays one part of the path");
	ok(strstr(error.message, "5F/../x?y") != NULL, "a strange hotkey is named: %s",
	    error.message);
	scripted_stop(server);
	arena_reset(&arena);
}

/* A firm that has sold for years: all of its accounts come in one answer. */
static void
test_long_list(void)
{
	enum { COUNT = 20000 };
	struct scripted_step steps[2] = { { ANSWER, 200, NULL, NULL, 0 } };
	struct scripted_server *server;
	struct provider_error error;
	const struct json *list;
	const char *json = NULL, *why;
	struct buf text;

	buf_init(&text, &arena, LIMIT_UPSTREAM_ENTITY_BYTES);
	buf_str(&text,
	    "{\"status\":\"success\",\"entity\":{\"entity_hotkey\":\"5F\",\"subaccounts\":{");
	for (int i = 0; i < COUNT; i++)
		buf_printf(&text, "%s\"%d\":" FULL("%d"), i == 0 ? "" : ",", i, i, i, i);
	buf_str(&text, "}}}");
	steps[0].body = text.data;
	server = scripted_start(steps);
	aim(server, steps);
	is_int(provider_subaccounts(&arena, &conf, NULL, "5F", &json, &error), PROVIDER_OK,
	    "a list of %zu bytes: result", text.len);
	list = json_parse(&arena, json, strlen(json), &why);
	is_int((int64_t)json_length(list), COUNT, "a long list has all subaccounts");
	scripted_stop(server);
	arena_reset(&arena);
}

static void
test_not_configured(void)
{
	const struct conf nothing = { .provider_timeout_ms = 1000 };
	struct conf no_one = nothing;
	struct provider_order no_token = order, no_entity = order;
	struct provider_error error;
	struct subaccount made;
	const char *json;

	no_one.provider_base = (char[]) { "http://127.0.0.1:1" };
	no_token.token = NULL;
	is_int(provider_create(&arena, &no_one, &no_token, 0, &made, &error),
	    PROVIDER_REFUSED_FOR_NOW, "no token: nothing is sent");
	ok(error.message != NULL && error.status == 0, "no token: says so");
	no_entity.entity_hotkey = NULL;
	is_int(provider_create(&arena, &no_one, &no_entity, 0, &made, &error),
	    PROVIDER_REFUSED_FOR_NOW, "no entity: nothing is sent");
	is_str(error.message, "the tenant has no entity_hotkey", "no entity: says so");
	is_int(provider_subaccounts(&arena, &nothing, NULL, "5F", &json, &error),
	    PROVIDER_REFUSED_FOR_NOW, "no validator: nothing is sent");
	ok(error.message != NULL && error.status == 0, "no validator: says so");
}

int
main(void)
{
	arena_init(&arena);
	log_init("test", LOG_LEVEL_ERROR);
	http_init();
	test_create();
	test_create_results();
	test_create_failures();
	test_create_late();
	test_words();
	test_list();
	test_list_path();
	test_long_list();
	test_not_configured();
	arena_release(&arena);
	return done();
}
