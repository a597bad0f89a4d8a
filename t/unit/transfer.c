/*
 * Protects: a transfer is repeated under its key while Stripe knows the key, and looked up
 * by metadata after that.
 */
#include <inttypes.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "core/upstream/http.h"
#include "t/lib/tap.h"
#include "t/unit/scripted_stripe.h"

#define HOUR_S 3600
#define TRANSFER(id) "{\"id\":\"" id "\",\"object\":\"transfer\"}"
#define LIST(data) "{\"object\":\"list\",\"has_more\":false,\"data\":[" data "]}"
#define METADATA(object) \
	"{\"purser_installation\":\"ins_1\",\"purser_api\":\"prop\"," \
	"\"purser_tenant\":\"ten_1\",\"purser_object\":\"" object "\"}"
#define FOUND "{\"id\":\"tr_2\",\"metadata\":" METADATA("po_1") "}"
#define OTHER "{\"id\":\"tr_3\",\"metadata\":" METADATA("po_11") "}"
#define EMPTIED "{\"id\":\"tr_5\",\"metadata\":{}}"
#define JUDGED "{\"id\":\"tr_7\",\"metadata\":{}}"
#define ALIKE "{\"id\":\"tr_70\",\"metadata\":{}}"
#define COPY "{\"id\":\"tr_8\",\"metadata\":{\"purser_object\":\"po_1\"}}"
#define OLD "{\"id\":\"tr_4\",\"metadata\":{\"payout_id\":\"po_1\"}}"
#define PARAMETERS \
	"amount=41250&currency=usd&destination=acct_1&transfer_group=po_1" \
	"&metadata[purser_installation]=ins_1&metadata[purser_api]=prop" \
	"&metadata[purser_tenant]=ten_1&metadata[purser_object]=po_1&metadata[purser_attempt]="
#define CREATE "POST /v1/transfers HTTP/1.1"
#define LOOK "GET /v1/transfers?transfer_group=po_1&destination=acct_1&limit=100 HTTP/1.1"
#define WRONG_KEY "{\"error\":{\"type\":\"invalid_request_error\"}}"
#define REFUSED "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"balance_insufficient\"}}"

static struct arena arena;

/* clang-format off */
static const struct transfer_case {
	const char *name;
	int64_t attempt;
	int64_t age_s;
	struct scripted_step steps[2];
	const char *line;	/* NULL = nothing is sent */
	const char *key;
	enum stripe_result result;
	const char *id;
} cases[] = {
	{ "at once", 1, 0, { { ANSWER, 200, NULL, TRANSFER("tr_1"), 0 } }, CREATE, "po_1:transfer",
	    STRIPE_OK, "tr_1" },
	{ "22 hours later", 1, 22 * HOUR_S, { { ANSWER, 200, NULL, TRANSFER("tr_1"), 0 } }, CREATE,
	    "po_1:transfer", STRIPE_OK, "tr_1" },
	{ "the second attempt", 2, 0, { { ANSWER, 200, NULL, TRANSFER("tr_1"), 0 } }, CREATE,
	    "po_1:transfer:2", STRIPE_OK, "tr_1" },
	{ "23.5 hours later", 1, 23 * HOUR_S + 1800, { { 0 } }, NULL, NULL, STRIPE_UNKNOWN, NULL },
	{ "a day later", 1, 24 * HOUR_S + 1, { { ANSWER, 200, NULL, LIST(OTHER "," FOUND), 0 } },
	    LOOK, NULL, STRIPE_OK, "tr_2" },
	{ "a day later, with the old name", 1, 24 * HOUR_S + 1,
	    { { ANSWER, 200, NULL, LIST(OTHER "," OLD), 0 } }, LOOK, NULL, STRIPE_OK, "tr_4" },
	{ "a year later", 1, 365 * 24 * HOUR_S, { { ANSWER, 200, NULL, LIST(""), 0 } }, LOOK,
	    NULL, STRIPE_OK, NULL },
	{ "in its group one of another row", 1, 25 * HOUR_S,
	    { { ANSWER, 200, NULL, LIST(OTHER), 0 } }, LOOK, NULL, STRIPE_UNKNOWN, NULL },
	{ "in its group one without metadata", 1, 25 * HOUR_S,
	    { { ANSWER, 200, NULL, LIST(EMPTIED), 0 } }, LOOK, NULL, STRIPE_OK, "tr_5" },
	{ "in its group one without metadata beside its own", 1, 25 * HOUR_S,
	    { { ANSWER, 200, NULL, LIST(EMPTIED "," FOUND), 0 } }, LOOK, NULL, STRIPE_OK, "tr_2" },
	{ "in its group one without metadata beside another row's", 1, 25 * HOUR_S,
	    { { ANSWER, 200, NULL, LIST(EMPTIED "," OTHER), 0 } }, LOOK, NULL, STRIPE_UNKNOWN,
	    NULL },
	{ "in its group one that an operator has judged", 1, 25 * HOUR_S,
	    { { ANSWER, 200, NULL, LIST(JUDGED), 0 } }, LOOK, NULL, STRIPE_OK, NULL },
	{ "beside the judged one one whose id begins alike", 1, 25 * HOUR_S,
	    { { ANSWER, 200, NULL, LIST(JUDGED "," ALIKE), 0 } }, LOOK, NULL, STRIPE_OK, "tr_70" },
	{ "of another installation, judged", 1, 25 * HOUR_S,
	    { { ANSWER, 200, NULL, LIST(COPY), 0 } }, LOOK, NULL, STRIPE_OK, NULL },
	{ "a look that is refused with 400", 1, 25 * HOUR_S, { { ANSWER, 400, NULL, REFUSED, 0 } },
	    LOOK, NULL, STRIPE_UNKNOWN, NULL },
	{ "a look that is refused with 404", 1, 25 * HOUR_S, { { ANSWER, 404, NULL, REFUSED, 0 } },
	    LOOK, NULL, STRIPE_UNKNOWN, NULL },
	{ "a look without the right to it", 1, 25 * HOUR_S,
	    { { ANSWER, 401, NULL, WRONG_KEY, 0 } }, LOOK, NULL, STRIPE_RIGHTS, NULL },
	{ "refused for now", 1, 0, { { ANSWER, 400, NULL, REFUSED, 0 } }, CREATE, "po_1:transfer",
	    STRIPE_REFUSED_FOR_NOW, NULL },
	{ "without an id", 1, 0, { { ANSWER, 200, NULL, "{\"object\":\"transfer\"}", 0 } }, CREATE,
	    "po_1:transfer", STRIPE_UNKNOWN, NULL },
	{ "another object", 1, 0, { { ANSWER, 200, NULL, "{\"object\":\"charge\",\"id\":\"ch_1\"}",
	    0 } }, CREATE, "po_1:transfer", STRIPE_UNKNOWN, NULL },
};
/* clang-format on */

static struct stripe_transfer
asked(int64_t attempt, int64_t age_s)
{
	return (struct stripe_transfer) {
		.owner = {
			.installation = "ins_1",
			.api = "prop",
			.tenant = "ten_1",
			.object = "po_1",
			.attempt = attempt,
			.user = "usr_1",
			.old_name = "payout_id",
		},
		.amount_cents = "41250",
		.currency = "usd",
		.destination = "acct_1",
		.others = "tr_6 tr_7 tr_8",
		.sent_s = clock_unix_s() - age_s,
	};
}

static void
test_ensure(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct transfer_case *c = &cases[i];
		struct scripted_server *server = scripted_start(c->steps);
		struct stripe_transfer transfer = asked(c->attempt, c->age_s);
		struct stripe_reply reply;
		struct stripe stripe = scripted_stripe(&arena, server);

		is_int(stripe_transfer_ensure(&stripe, &transfer, &reply), c->result, "%s: result",
		    c->name);
		is_int(reply.result, c->result, "%s: the same in the reply", c->name);
		is_str(json_text(json_get(reply.object, "id")), c->id, "%s: id", c->name);
		is_int((int64_t)scripted_count(server), c->line != NULL, "%s: requests", c->name);
		if (c->line != NULL) {
			is_str(scripted_at(server, 0)->line, c->line, "%s: what is sent", c->name);
			is_str(scripted_header(scripted_at(server, 0), "Idempotency-Key"), c->key,
			    "%s: its key", c->name);
		}
		if (c->key != NULL)
			is_str(scripted_at(server, 0)->body,
			    arena_printf(&arena,
				PARAMETERS "%" PRId64 "&metadata[purser_user]=usr_1", c->attempt),
			    "%s: its parameters", c->name);
		scripted_stop(server);
		arena_reset(&arena);
	}
}

/* What an earlier version of us sent under the key: its request differs. */
static void
test_key_is_taken(int status, const char *list, enum stripe_result result, const char *id)
{
	const struct scripted_step steps[] = {
		{ ANSWER, 400, NULL, "{\"error\":{\"type\":\"idempotency_error\"}}", 0 },
		{ ANSWER, status, NULL, list, 0 },
		{ 0 },
	};
	struct scripted_server *server = scripted_start(steps);
	struct stripe_transfer transfer = asked(1, 0);
	struct stripe_reply reply;
	struct stripe stripe = scripted_stripe(&arena, server);

	is_int(stripe_transfer_ensure(&stripe, &transfer, &reply), result, "taken key: result");
	is_int((int64_t)scripted_count(server), 2, "taken key: the list is read as well");
	is_str(scripted_at(server, 1)->line, LOOK, "taken key: what is read");
	is_str(json_text(json_get(reply.object, "id")), id, "taken key: id");
	scripted_stop(server);
	arena_reset(&arena);
}

int
main(void)
{
	arena_init(&arena);
	log_init("test", LOG_LEVEL_ERROR);
	http_init();
	test_ensure();
	test_key_is_taken(200, LIST(OTHER "," OLD), STRIPE_OK, "tr_4");
	test_key_is_taken(200, LIST(""), STRIPE_UNKNOWN, NULL);
	test_key_is_taken(404, REFUSED, STRIPE_UNKNOWN, NULL);
	arena_release(&arena);
	return done();
}
