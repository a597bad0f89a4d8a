/* What Stripe says of Connect accounts, as text for the database. */
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/json/json.h"
#include "core/json/json_out.h"
#include "core/stripe/stripe.h"

#define ANSWERS_BYTES (16 * 1024 * 1024)

/* An element of the array that connect.account_read() takes. */
static void
print_answer(struct json_out *out, struct arena *arena, const char *id,
    const struct stripe_reply *reply)
{
	if (reply->result != STRIPE_OK && reply->result != STRIPE_GONE &&
	    reply->result != STRIPE_RIGHTS)
		return;
	json_out_object(out, NULL);
	json_out_text(out, "id", id);
	if (reply->result == STRIPE_OK)
		json_out_raw(out, "account", json_print(arena, reply->object));
	else if (reply->result == STRIPE_GONE)
		json_out_text(out, "gone", reply->code);
	else
		json_out_text(out, "error", reply->message);
	json_out_close(out);
}

const char *
stripe_account_answers(struct arena *arena, const char *const *ids,
    const struct stripe_reply *replies, size_t count)
{
	struct json_out out;
	struct buf text;

	buf_init(&text, arena, ANSWERS_BYTES);
	json_out_init(&out, &text);
	json_out_array(&out, NULL);
	for (size_t i = 0; i < count; i++)
		print_answer(&out, arena, ids[i], &replies[i]);
	json_out_finish(&out);
	return text.overflow ? "[]" : text.data;
}
