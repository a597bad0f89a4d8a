/* Reads the envelope of a Stripe event. */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/json/json.h"
#include "core/stripe/event_in.h"
#include "core/stripe/stripe.h"

#define TYPE_BYTES 128
#define CREATED_MAX INT64_C(253402300799) /* the last second of the year 9999 */
#define V1 "v1."
#define V2_ACCOUNT "v2.core.account"
#define V2_ACCOUNTS_URL "/v2/core/accounts/"

static bool read_snapshot(const struct json *json, struct stripe_event *event, const char **why);
static bool read_thin(struct arena *arena, const struct json *json, struct stripe_event *event,
    const char **why);

static bool
read_head(const struct json *json, struct stripe_event *event)
{
	event->id = json_text(json_get(json, "id"));
	event->type = json_text(json_get(json, "type"));
	return event->id != NULL && stripe_id_valid(event->id) && event->type != NULL &&
	    text_visible_ascii(event->type, TYPE_BYTES);
}

bool
stripe_event_read(struct arena *arena, const struct json *json, struct stripe_event *event,
    const char **why)
{
	const struct json *object = json_get(json, "object");

	memset(event, 0, sizeof(*event));
	*why = "no event object with id and type";
	if (!read_head(json, event))
		return false;
	if (json_is_text(object, "event"))
		return read_snapshot(json, event, why);
	return json_is_text(object, "v2.core.event") && read_thin(arena, json, event, why);
}

bool
stripe_event_parse(struct arena *arena, const char *body, size_t len, struct stripe_event *event,
    const char **why)
{
	const struct json *json = json_parse(arena, body, len, why);

	return json != NULL && stripe_event_read(arena, json, event, why);
}

static bool
is_account(const char *account)
{
	return account == NULL || stripe_id_valid(account);
}

static bool
read_snapshot(const struct json *json, struct stripe_event *event, const char **why)
{
	event->account = json_text(json_get(json, "account"));
	event->api_version = json_text(json_get(json, "api_version"));
	if (!is_account(event->account))
		return false;
	*why = "no created or livemode";
	if (!json_int(json_get(json, "created"), 0, CREATED_MAX, &event->created_s) ||
	    !json_bool(json_get(json, "livemode"), &event->livemode))
		return false;
	*why = "no data.object";
	event->object = json_path(json, "data.object");
	if (event->object == NULL || json_type(event->object) != JSON_OBJECT)
		return false;
	event->object_id = json_text(json_get(event->object, "id"));
	return true;
}

/* --- thin events ----------------------------------------------------------------- */

/* About an account of API v2, its link, its persons? */
static bool
is_of_v2_account(const char *type)
{
	size_t len = sizeof(V2_ACCOUNT) - 1;

	return strncmp(type, V2_ACCOUNT, len) == 0 && strchr(".[_", type[len]) != NULL;
}

const char *
stripe_event_snapshot_type(const char *type)
{
	if (is_of_v2_account(type))
		return "account.updated";
	return strncmp(type, V1, sizeof(V1) - 1) == 0 ? type + sizeof(V1) - 1 : type;
}

/* The account of API v2 that the event is about: its object's, or in the object's path. */
static const char *
v2_account(struct arena *arena, const struct json *json, const struct stripe_event *event)
{
	const char *url = json_text(json_path(json, "related_object.url"));
	size_t len = sizeof(V2_ACCOUNTS_URL) - 1;

	if (event->object_type != NULL && strcmp(event->object_type, V2_ACCOUNT) == 0)
		return event->object_id;
	if (url != NULL && strncmp(url, V2_ACCOUNTS_URL, len) == 0)
		return arena_strndup(arena, url + len, strcspn(url + len, "/?"));
	return json_text(json_path(json, "data.account_id"));
}

/* The connected account: the last one of the context, which may begin with an organization. */
static const char *
context_account(const struct json *json)
{
	const char *context = json_text(json_get(json, "context"));
	const char *last = context == NULL ? NULL : strrchr(context, '/');

	return last == NULL ? context : last + 1;
}

/* Whose event it is, as the snapshot has it in `account`. */
static const char *
thin_account(struct arena *arena, const struct json *json, const struct stripe_event *event)
{
	const char *account = context_account(json);

	if (is_of_v2_account(event->type))
		return v2_account(arena, json, event);
	if (account == NULL && event->object_type != NULL &&
	    strcmp(event->object_type, "account") == 0)
		return event->object_id;
	return account;
}

static bool
read_thin(struct arena *arena, const struct json *json, struct stripe_event *event,
    const char **why)
{
	const char *created = json_text(json_get(json, "created"));

	*why = "no created or livemode";
	if (created == NULL || !clock_read_rfc3339(created, &event->created_s) ||
	    !json_bool(json_get(json, "livemode"), &event->livemode))
		return false;
	event->object_id = json_text(json_path(json, "related_object.id"));
	event->object_type = json_text(json_path(json, "related_object.type"));
	event->account = thin_account(arena, json, event);
	*why = "no valid context";
	if (!is_account(event->account))
		return false;
	event->type = stripe_event_snapshot_type(event->type);
	return true;
}
