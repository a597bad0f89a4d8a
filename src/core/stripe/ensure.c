/*
 * Idempotent POST: repeated while Stripe remembers its key, searched for when Stripe may
 * have forgotten the key.
 */
#include "config.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

/*
 * Stripe keeps a key for at least 24 hours.  In the last of them nothing is sent: the key could
 * be forgotten before the request arrives.
 */
#define KEY_OPEN_S (23 * 3600)
#define KEY_CLOSED_S (24 * 3600)

static bool
is_ours(const struct stripe_ensure *ensure, const struct json *object)
{
	const char *id = json_text(json_get(object, "id"));

	return id != NULL && stripe_id_valid(id) &&
	    (ensure->is_ours == NULL || ensure->is_ours(object, ensure->asked));
}

/* Stripe ran a request under this key with other parameters: another version of us sent it. */
static bool
key_is_taken(const struct stripe_reply *reply)
{
	return reply->status == 400 && reply->type != NULL &&
	    strcmp(reply->type, "idempotency_error") == 0;
}

/* Nothing found says nothing: what ran may have failed, and a look-up after the window decides. */
static void
find_under_taken_key(struct stripe *stripe, const struct stripe_ensure *ensure,
    struct stripe_reply *reply)
{
	stripe_find(stripe, ensure->find, reply);
	if (reply->result == STRIPE_OK && reply->object == NULL)
		stripe_unknown(reply, "the key was used before, and no object of ours is found");
}

/*
 * The Connect account is gone, which Stripe may say before it looks at the key: an earlier request
 * can have made the object while the account was there.
 */
static void
find_of_gone(struct stripe *stripe, const struct stripe_ensure *ensure, struct stripe_reply *reply)
{
	const struct stripe_reply gone = *reply;

	stripe_find(stripe, ensure->find, reply);
	if (reply->result == STRIPE_OK && reply->object == NULL)
		*reply = gone;
}

static void
create(struct stripe *stripe, const struct stripe_ensure *ensure, struct stripe_reply *reply)
{
	stripe_perform(stripe, ensure->create, reply);
	if (key_is_taken(reply))
		find_under_taken_key(stripe, ensure, reply);
	else if (reply->result == STRIPE_GONE)
		find_of_gone(stripe, ensure, reply);
}

/* Stripe may still get what was sent: nothing found is no outcome. */
static enum stripe_result
look_up(struct stripe *stripe, const struct stripe_ensure *ensure, struct stripe_reply *reply)
{
	stripe_find(stripe, ensure->find, reply);
	if (reply->result == STRIPE_OK && reply->object == NULL)
		return stripe_unknown(reply, "held, and nothing that was sent before is found");
	return reply->result;
}

enum stripe_result
stripe_ensure(struct stripe *stripe, const struct stripe_ensure *ensure, struct stripe_reply *reply)
{
	int64_t age_s = clock_database_ms() / 1000 - ensure->sent_s;

	*reply = (struct stripe_reply) { 0 };
	if (ensure->look_up_only && age_s < KEY_CLOSED_S)
		look_up(stripe, ensure, reply);
	else if (age_s < KEY_OPEN_S)
		create(stripe, ensure, reply);
	else if (age_s < KEY_CLOSED_S)
		return stripe_unknown(reply, "between sending again and looking up");
	else
		stripe_find(stripe, ensure->find, reply);
	if (reply->result == STRIPE_OK && reply->object != NULL && !is_ours(ensure, reply->object))
		return stripe_unknown(reply, "the answer is not what was asked for");
	return reply->result;
}
