/*
 * The envelope of a Stripe event, from a webhook's body or from the event list: a snapshot, which
 * has its object (object "event"), or a thin one, which names it (object "v2.core.event").
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
	/* of the snapshot event of the same fact (stripe_event_read) */
	const char *type;
	const char *account; /* connected account or NULL */
	bool livemode;
	int64_t created_s;
	const char *api_version;   /* NULL = none */
	const char *object_id;     /* of data.object or related_object, NULL = none */
	const struct json *object; /* data.object; NULL in a thin event */
	const char *object_type;   /* of a thin event's related_object: "payment_intent" */
};

/*
 * False = not an event; *why is the reason.  The types of thin events become those of snapshots:
 * v1.payment_intent.succeeded is payment_intent.succeeded, and an event about an account of API v2
 * (v2.core.account[requirements].updated, v2.core.account_link.returned, ...) is account.updated of
 * this connected account.  Other types stay as they are.
 */
bool stripe_event_read(struct arena *arena, const struct json *json, struct stripe_event *event,
    const char **why);
bool stripe_event_parse(struct arena *arena, const char *body, size_t len,
    struct stripe_event *event, const char **why);

/* The type of the snapshot event of the same fact. */
const char *stripe_event_snapshot_type(const char *type);

#endif
