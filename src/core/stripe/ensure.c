/*
 * Idempotent POST: sent again while Stripe knows its key, looked up when Stripe may have
 * forgotten it.
 */
#include "config.h"

#include "core/base/clock.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

/* Stripe keeps a key for at least 24 hours; an hour of that is our margin. */
#define KEY_OPEN_S (23 * 3600)
#define KEY_CLOSED_S (24 * 3600)

enum stripe_window
stripe_window(int64_t sent_s, int64_t now_s)
{
	if (now_s - sent_s < KEY_OPEN_S)
		return STRIPE_WINDOW_OPEN;
	return now_s - sent_s < KEY_CLOSED_S ? STRIPE_WINDOW_CLOSING : STRIPE_WINDOW_CLOSED;
}

static bool
is_ours(const struct stripe_ensure *ensure, const struct json *object)
{
	const char *id = json_text(json_get(object, "id"));

	return id != NULL && stripe_id_valid(id) &&
	    (ensure->is_ours == NULL || ensure->is_ours(object, ensure->asked));
}

enum stripe_result
stripe_ensure(struct stripe *stripe, const struct stripe_ensure *ensure, struct stripe_reply *reply)
{
	*reply = (struct stripe_reply) { 0 };
	switch (stripe_window(ensure->sent_s, clock_unix_s())) {
	case STRIPE_WINDOW_OPEN:
		stripe_perform(stripe, ensure->create, reply);
		break;
	case STRIPE_WINDOW_CLOSING:
		return stripe_unknown(reply, "between sending again and looking up");
	case STRIPE_WINDOW_CLOSED:
		stripe_find(stripe, ensure->find, reply);
		break;
	}
	if (reply->result == STRIPE_OK && reply->object != NULL && !is_ours(ensure, reply->object))
		return stripe_unknown(reply, "the answer is not what was asked for");
	return reply->result;
}

bool
stripe_refused(const struct stripe_reply *reply, struct stripe_refusal *refusal)
{
	if (reply->result == STRIPE_OK && reply->object == NULL)
		*refusal =
		    (struct stripe_refusal) { "abandoned", "the request never reached Stripe" };
	else if (reply->result == STRIPE_REFUSED)
		*refusal = (struct stripe_refusal) { reply->code != NULL ? reply->code : "refused",
			reply->message };
	else
		return false;
	return true;
}
