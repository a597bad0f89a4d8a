/* Reads the envelope of a Stripe event. */
#include "config.h"

#include <string.h>

#include "core/base/text.h"
#include "core/json/json.h"
#include "core/stripe/event_in.h"
#include "core/stripe/stripe.h"

#define TYPE_BYTES 128
#define CREATED_MAX INT64_C(253402300799) /* the last second of the year 9999 */

static bool
read_head(const struct json *json, struct stripe_event *event)
{
	const char *object = json_text(json_get(json, "object"));

	event->id = json_text(json_get(json, "id"));
	event->type = json_text(json_get(json, "type"));
	event->account = json_text(json_get(json, "account"));
	event->api_version = json_text(json_get(json, "api_version"));
	return object != NULL && strcmp(object, "event") == 0 && event->id != NULL &&
	    stripe_id_valid(event->id) && event->type != NULL &&
	    text_visible_ascii(event->type, TYPE_BYTES) &&
	    (event->account == NULL || stripe_id_valid(event->account));
}

bool
stripe_event_read(const struct json *json, struct stripe_event *event, const char **why)
{
	memset(event, 0, sizeof(*event));
	if (json_type(json) != JSON_OBJECT || !read_head(json, event)) {
		*why = "no event object with id and type";
		return false;
	}
	if (!json_int(json_get(json, "created"), 0, CREATED_MAX, &event->created_s) ||
	    !json_bool(json_get(json, "livemode"), &event->livemode)) {
		*why = "no created or livemode";
		return false;
	}
	event->object = json_path(json, "data.object");
	if (event->object == NULL || json_type(event->object) != JSON_OBJECT) {
		*why = "no data.object";
		return false;
	}
	event->object_id = json_text(json_get(event->object, "id"));
	return true;
}

bool
stripe_event_parse(struct arena *arena, const char *body, size_t len, struct stripe_event *event,
    const char **why)
{
	const struct json *json = json_parse(arena, body, len, why);

	return json != NULL && stripe_event_read(json, event, why);
}
