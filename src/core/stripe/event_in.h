/*
 * The envelope of a Stripe event, from a webhook's body or from the event list.
 * Thin events (object "v2.core.event") are refused: the endpoint is configured
 * for snapshots.
 */
#ifndef PURSER_STRIPE_EVENT_IN_H
#define PURSER_STRIPE_EVENT_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json;

struct stripe_event {
	const char *id; /* evt_… */
	const char *type;
	const char *account; /* connected account or NULL */
	bool livemode;
	int64_t created_s;
	const char *api_version;   /* NULL = none */
	const char *object_id;     /* of data.object, NULL = none */
	const struct json *object; /* data.object */
};

/* False = not an event; *why is the reason. */
bool stripe_event_read(const struct json *json, struct stripe_event *event, const char **why);
bool stripe_event_parse(struct arena *arena, const char *body, size_t len,
    struct stripe_event *event, const char **why);

#endif
