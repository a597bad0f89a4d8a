/* What Stripe says of accounts that are there already, for the requests that ask it. */
#include "config.h"

#include "connect/connect.h"
#include "core/base/buf.h"
#include "core/json/json.h"
#include "core/json/json_out.h"

#define ANSWERS_BYTES (16 * 1024 * 1024)

const struct db_stmt connect_answers_stmt = { "connect.account_refresh",
	"select connect.account_refresh($1::jsonb, $2::bigint) as refreshed", 2, DB_OUTCOME };

/* An element of connect.account_refresh; an answer that leaves the account open is left out. */
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
connect_answers_print(struct arena *arena, const char *const *ids,
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
