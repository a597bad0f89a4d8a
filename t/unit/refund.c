/*
 * Protects: a refund is repeated under its key while Stripe knows the key, looked up by metadata
 * among the refunds of its PaymentIntent after that, and never taken for another one.
 */
#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_stripe.h"

#define HOUR_S 3600
#define METADATA(object) \
	"\"metadata\":{\"purser_installation\":\"ins_1\",\"purser_api\":\"prop\"," \
	"\"purser_tenant\":\"ten_1\",\"purser_object\":\"" object "\"}"
#define REFUND(id, intent, amount, metadata) \
	"{\"id\":\"" id "\",\"object\":\"refund\",\"payment_intent\":\"" intent "\"," \
	"\"amount\":" amount "," metadata "}"
#define OURS REFUND("re_1", "pi_1", "5000", METADATA("rfi_1"))
#define AT_DASHBOARD REFUND("re_2", "pi_1", "5000", "\"metadata\":{}")
#define ANOTHER REFUND("re_3", "pi_1", "5000", METADATA("rfi_2"))
#define LIST(data) "{\"object\":\"list\",\"has_more\":false,\"data\":[" data "]}"
#define PARAMETERS \
	"payment_intent=pi_1&amount=5000&metadata[purser_installation]=ins_1" \
	"&metadata[purser_api]=prop&metadata[purser_tenant]=ten_1" \
	"&metadata[purser_object]=rfi_1&metadata[purser_attempt]=1&metadata[purser_user]=usr_1"
#define CREATE "POST /v1/refunds HTTP/1.1"
#define LOOK "GET /v1/refunds?payment_intent=pi_1&limit=100 HTTP/1.1"
#define DISPUTED "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"charge_disputed\"}}"

static struct arena arena;

/* clang-format off */
static const struct refund_case {
	const char *name;
	int64_t age_s;
	int status;
	const char *answer;
	const char *line;	/* NULL = nothing is sent */
	enum stripe_result result;
	const char *id;
} cases[] = {
	{ "at once", 0, 200, OURS, CREATE, STRIPE_OK, "re_1" },
	{ "22 hours later", 22 * HOUR_S, 200, OURS, CREATE, STRIPE_OK, "re_1" },
	{ "23.5 hours later", 23 * HOUR_S + 1800, 0, NULL, NULL, STRIPE_UNKNOWN, NULL },
	{ "a day later", 25 * HOUR_S, 200, LIST(AT_DASHBOARD "," ANOTHER "," OURS), LOOK,
	    STRIPE_OK, "re_1" },
	{ "a day later, never made", 25 * HOUR_S, 200, LIST(AT_DASHBOARD "," ANOTHER), LOOK,
	    STRIPE_OK, NULL },
	{ "a look that is refused", 25 * HOUR_S, 400, DISPUTED, LOOK, STRIPE_UNKNOWN, NULL },
	{ "refused", 0, 400, DISPUTED, CREATE, STRIPE_REFUSED, NULL },
	{ "answered by another amount", 0, 200,
	    REFUND("re_1", "pi_1", "19900", METADATA("rfi_1")), CREATE, STRIPE_UNKNOWN, NULL },
	{ "answered by another payment", 0, 200,
	    REFUND("re_1", "pi_2", "5000", METADATA("rfi_1")), CREATE, STRIPE_UNKNOWN, NULL },
	{ "answered by another intent", 0, 200, ANOTHER, CREATE, STRIPE_UNKNOWN, NULL },
	{ "answered without metadata", 0, 200, AT_DASHBOARD, CREATE, STRIPE_UNKNOWN, NULL },
};
/* clang-format on */

static void
test_case(const struct refund_case *c)
{
	const struct scripted_step steps[] = {
		{ ANSWER, c->status, NULL, c->answer, 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	const struct stripe_refund refund = {
		.owner = {
			.installation = "ins_1",
			.api = "prop",
			.tenant = "ten_1",
			.object = "rfi_1",
			.attempt = 1,
			.user = "usr_1",
		},
		.payment_intent = "pi_1",
		.amount_cents = "5000",
		.sent_s = clock_unix_s() - c->age_s,
	};
	struct stripe_reply reply;
	struct stripe stripe = scripted_stripe(&arena, server);

	is_int(stripe_refund_ensure(&stripe, &refund, &reply), c->result, "refund %s: result",
	    c->name);
	if (c->result == STRIPE_OK)
		is_str(json_text(json_get(reply.object, "id")), c->id, "refund %s: id", c->name);
	is_int((int64_t)scripted_count(server), c->line != NULL, "refund %s: requests", c->name);
	if (c->line != NULL)
		is_str(scripted_at(server, 0)->line, c->line, "refund %s: what is sent", c->name);
	if (c->line != NULL && c->line[0] == 'P') {
		is_str(scripted_header(scripted_at(server, 0), "Idempotency-Key"), "rfi_1:refund",
		    "refund %s: its key", c->name);
		is_str(scripted_at(server, 0)->body, PARAMETERS, "refund %s: its parameters",
		    c->name);
	}
	scripted_stop(server);
	arena_reset(&arena);
}

int
main(void)
{
	arena_init(&arena);
	log_init("test", LOG_LEVEL_ERROR);
	http_init();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		test_case(&cases[i]);
	arena_release(&arena);
	return done();
}
