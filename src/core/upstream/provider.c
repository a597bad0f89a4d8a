/* Calls of the account provider, and the validator's list of what it made. */
#include <inttypes.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/base/conf.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/json/json.h"
#include "core/json/json_out.h"
#include "core/upstream/http.h"
#include "core/upstream/provider.h"
#include "core/upstream/url.h"

#define CREATE "POST /api/create-subaccount"
#define UUID_BYTES 64
#define HOTKEY_BYTES 128
#define WORD_BYTES 64    /* asset class, status, a number's text */
#define REASON_BYTES 200 /* of the upstream's error text */

static bool read_subaccount(const struct json *json, struct subaccount *subaccount);
static bool is_of_entity(struct arena *arena, const struct subaccount *subaccount,
    const char *entity_hotkey);
static enum provider_result not_made(struct arena *arena, const char *who, const char *label,
    enum http_result result, const struct http_answer *answer, const struct json *json,
    struct provider_error *error);
static enum provider_result not_configured(struct provider_error *error, const char *message);
static enum provider_result unreadable(struct provider_error *error, const char *message);
static bool print_subaccounts(struct arena *arena, const struct json *subaccounts,
    const char *entity_hotkey, const char **text);

/* --- create ---------------------------------------------------------------- */

static enum http_result
post_create(struct arena *arena, const struct conf *conf, const struct provider_order *order,
    int64_t send_by_ms, struct http_answer *answer)
{
	const char *headers[] = {
		http_bearer(arena, order->token),
		"Content-Type: application/json",
		"Accept: application/json",
		NULL,
	};
	struct http_call call = {
		.method = "POST",
		.url = url_join(arena, conf->provider_base, "/api/create-subaccount", NULL),
		.label = CREATE,
		.headers = headers,
		.timeout_ms = conf->provider_timeout_ms,
		.send_once = true,
		.send_by_ms = send_by_ms,
	};
	struct json_out out;
	struct buf body;

	buf_init(&body, arena, LIMIT_BODY_BYTES);
	json_out_init(&out, &body);
	json_out_object(&out, NULL);
	json_out_text(&out, "asset_class", order->asset_class);
	json_out_int(&out, "account_size", order->account_size);
	json_out_finish(&out);
	CHECK(!body.overflow);
	call.body = body.data;
	call.body_len = body.len;
	return http_perform(arena, &call, answer);
}

static bool
succeeded(const struct http_answer *answer, const struct json *json)
{
	const char *status = json_text(json_get(json, "status"));

	return answer->status >= 200 && answer->status < 300 && status != NULL &&
	    strcmp(status, "success") == 0;
}

/* Is it the ordered one?  The provider need not repeat class and size. */
static bool
is_ordered(struct arena *arena, const struct subaccount *made, const struct provider_order *order)
{
	int64_t millionths;

	if (made->asset_class != NULL && strcmp(made->asset_class, order->asset_class) != 0)
		return false;
	if (made->account_size != NULL &&
	    (!text_decimal(made->account_size, 6, 0, INT64_MAX, &millionths) ||
		millionths / 1000000 != order->account_size || millionths % 1000000 != 0))
		return false;
	return is_of_entity(arena, made, order->entity_hotkey);
}

enum provider_result
provider_create(struct arena *arena, const struct conf *conf, const struct provider_order *order,
    int64_t send_by_ms, struct subaccount *made, struct provider_error *error)
{
	struct http_answer answer;
	enum http_result result;
	const struct json *json;
	const char *why;

	*error = (struct provider_error) { 0 };
	if (conf->provider_base == NULL || order->token == NULL)
		return not_configured(error, "no provider_base or no token");
	if (order->entity_hotkey == NULL)
		return not_configured(error, "the tenant has no entity_hotkey");
	result = post_create(arena, conf, order, send_by_ms, &answer);
	json = json_parse(arena, answer.body, answer.body_len, &why);
	if (result != HTTP_ANSWERED || !succeeded(&answer, json))
		return not_made(arena, "the provider", CREATE, result, &answer, json, error);
	error->status = answer.status;
	if (!read_subaccount(json_get(json, "subaccount"), made))
		return unreadable(error, "the provider's answer holds no valid subaccount");
	if (!is_ordered(arena, made, order))
		return unreadable(error, "the provider's answer is not the subaccount asked for");
	return PROVIDER_OK;
}

/* --- list ------------------------------------------------------------------ */

static enum provider_result
read_entity(struct arena *arena, const struct json *entity, const char *entity_hotkey,
    const char **subaccounts_json, struct provider_error *error)
{
	const char *hotkey = json_text(json_get(entity, "entity_hotkey"));
	const struct json *subaccounts = json_get(entity, "subaccounts");

	if (hotkey != NULL && strcmp(hotkey, entity_hotkey) != 0)
		return unreadable(error, "the validator answered with another entity");
	if (subaccounts == NULL ||
	    (json_type(subaccounts) != JSON_OBJECT && json_type(subaccounts) != JSON_ARRAY))
		return unreadable(error, "the validator's answer holds no subaccounts");
	if (!print_subaccounts(arena, subaccounts, entity_hotkey, subaccounts_json))
		return unreadable(error, "the validator lists too many subaccounts");
	return PROVIDER_OK;
}

enum provider_result
provider_subaccounts(struct arena *arena, const struct conf *conf, const char *token,
    const char *entity_hotkey, const char **subaccounts_json, struct provider_error *error)
{
	struct http_answer answer;
	const char *headers[] = { http_bearer(arena, token), NULL };
	struct http_call call = {
		.method = "GET",
		.label = "GET /entity/*",
		.headers = headers,
		.answer_max = LIMIT_UPSTREAM_ENTITY_BYTES,
		.timeout_ms = conf->validator_timeout_ms,
	};
	enum http_result result;
	const struct json *json;
	const char *why;

	*error = (struct provider_error) { 0 };
	if (conf->validator_base == NULL)
		return not_configured(error, "no validator_base");
	call.url = url_join(arena, conf->validator_base, "/entity/", entity_hotkey);
	result = http_perform(arena, &call, &answer);
	json = json_parse(arena, answer.body, answer.body_len, &why);
	error->status = answer.status;
	if (answer.status == 404) {
		/* not an empty list, after which a second subaccount could be made */
		error->message = arena_printf(arena,
		    "the validator knows no entity %s: check validator_base", entity_hotkey);
		return PROVIDER_REFUSED;
	}
	if (result != HTTP_ANSWERED || !succeeded(&answer, json))
		return not_made(arena, "the validator", call.label, result, &answer, json, error);
	return read_entity(arena, json_get(json, "entity"), entity_hotkey, subaccounts_json, error);
}

/* --- failures -------------------------------------------------------------- */

/* The error text of the upstream, cut between two characters. */
static const char *
upstream_words(struct arena *arena, const struct json *json)
{
	const char *words = json_text(json_get(json, "error"));
	size_t len;

	if (json == NULL)
		return "not JSON";
	if (words == NULL)
		words = json_text(json_get(json, "message"));
	if (words == NULL)
		return "no reason given";
	len = strnlen(words, REASON_BYTES);
	while (len > 0 && ((unsigned char)words[len] & 0xc0) == 0x80)
		len--;
	return arena_strndup(arena, words, len);
}

/* Only with these three the provider certainly made nothing. */
static enum provider_result
by_status(int status)
{
	if (status == 401)
		return PROVIDER_RIGHTS;
	return status == 400 || status == 403 ? PROVIDER_REFUSED : PROVIDER_UNKNOWN;
}

/* Classifies a call that did not succeed. */
static enum provider_result
not_made(struct arena *arena, const char *who, const char *label, enum http_result result,
    const struct http_answer *answer, const struct json *json, struct provider_error *error)
{
	enum provider_result is = by_status(answer->status);

	error->status = answer->status;
	if (result != HTTP_ANSWERED) {
		error->message = arena_printf(arena, "no answer from %s: %s", who, answer->error);
		return result == HTTP_NOT_SENT ? PROVIDER_REFUSED_FOR_NOW : PROVIDER_UNKNOWN;
	}
	error->message = arena_printf(arena, "%s answered %d: %s", who, answer->status,
	    upstream_words(arena, json));
	error->rights = is == PROVIDER_RIGHTS;
	if (error->rights)
		error->message =
		    arena_printf(arena, PROVIDER_RIGHTS_WORDS " %s: %s", label, error->message);
	return is;
}

static enum provider_result
not_configured(struct provider_error *error, const char *message)
{
	error->message = message;
	return PROVIDER_REFUSED_FOR_NOW;
}

static enum provider_result
unreadable(struct provider_error *error, const char *message)
{
	error->message = message;
	return PROVIDER_UNKNOWN;
}

/* --- subaccounts ----------------------------------------------------------- */

/* The value when it is a short word, else NULL. */
static const char *
word(const char *text)
{
	return text != NULL && text_visible_ascii(text, WORD_BYTES) ? text : NULL;
}

static bool
read_subaccount(const struct json *json, struct subaccount *subaccount)
{
	const char *uuid = json_text(json_get(json, "subaccount_uuid"));
	const char *hotkey = json_text(json_get(json, "synthetic_hotkey"));

	*subaccount = (struct subaccount) {
		.uuid = uuid,
		.synthetic_hotkey = hotkey,
		.asset_class = word(json_text(json_get(json, "asset_class"))),
		.account_size = word(json_number_text(json_get(json, "account_size"))),
		.status = word(json_text(json_get(json, "status"))),
	};
	return json_int(json_get(json, "subaccount_id"), 0, INT64_MAX, &subaccount->id) &&
	    uuid != NULL && text_visible_ascii(uuid, UUID_BYTES) && hotkey != NULL &&
	    text_visible_ascii(hotkey, HOTKEY_BYTES);
}

/* The hotkey of a subaccount is its entity's with its id. */
static bool
is_of_entity(struct arena *arena, const struct subaccount *subaccount, const char *entity_hotkey)
{
	return strcmp(subaccount->synthetic_hotkey,
		   arena_printf(arena, "%s_%" PRId64, entity_hotkey, subaccount->id)) == 0;
}

struct printer {
	struct json_out *out;
	struct arena *arena;
	const char *entity_hotkey;
};

static void
print_subaccount(const char *name, const struct json *json, void *context)
{
	const struct printer *printer = context;
	struct json_out *out = printer->out;
	struct subaccount subaccount;

	(void)name; /* the same id as in the value */
	if (!read_subaccount(json, &subaccount) ||
	    !is_of_entity(printer->arena, &subaccount, printer->entity_hotkey))
		return;
	json_out_object(out, NULL);
	json_out_int(out, "subaccount_id", subaccount.id);
	json_out_text(out, "subaccount_uuid", subaccount.uuid);
	json_out_text(out, "synthetic_hotkey", subaccount.synthetic_hotkey);
	json_out_text(out, "asset_class", subaccount.asset_class);
	json_out_raw(out, "account_size", subaccount.account_size);
	json_out_text(out, "status", subaccount.status);
	json_out_close(out);
}

/* Prints an object of subaccounts by id, the validator's form, or a plain array. */
static bool
print_subaccounts(struct arena *arena, const struct json *subaccounts, const char *entity_hotkey,
    const char **text)
{
	struct json_out out;
	struct printer printer = { &out, arena, entity_hotkey };
	struct buf buf;

	buf_init(&buf, arena, LIMIT_UPSTREAM_ENTITY_BYTES);
	json_out_init(&out, &buf);
	json_out_array(&out, NULL);
	if (json_type(subaccounts) == JSON_OBJECT) {
		json_each(subaccounts, print_subaccount, &printer);
	} else {
		for (size_t i = 0; i < json_length(subaccounts); i++)
			print_subaccount(NULL, json_at(subaccounts, i), &printer);
	}
	json_out_finish(&out);
	*text = buf.data;
	return !buf.overflow;
}
