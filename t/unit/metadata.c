/* Protects: an object at Stripe is found by our metadata only when all of it is ours. */
#include <string.h>

#include "core/base/arena.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "t/lib/tap.h"

/* clang-format off */
#define METADATA(installation, api, tenant, object) \
	"{\"id\":\"pi_1\",\"metadata\":{\"purser_installation\":" installation "," \
	"\"purser_api\":" api ",\"purser_tenant\":" tenant ",\"purser_object\":" object "}}"
#define OLD(more) "{\"metadata\":{\"payment_id\":\"pay_1\"" more "}}"

static const struct {
	const char *name;
	const char *object;
	bool fits;
} cases[] = {
	{ "all of it", METADATA("\"ins_1\"", "\"prop\"", "\"ten_1\"", "\"pay_1\""), true },
	{ "another installation", METADATA("\"ins_2\"", "\"prop\"", "\"ten_1\"", "\"pay_1\""),
	    false },
	{ "another api", METADATA("\"ins_1\"", "\"partner\"", "\"ten_1\"", "\"pay_1\""), false },
	{ "another tenant", METADATA("\"ins_1\"", "\"prop\"", "\"ten_2\"", "\"pay_1\""), false },
	{ "another object", METADATA("\"ins_1\"", "\"prop\"", "\"ten_1\"", "\"pay_11\""), false },
	{ "installation null", METADATA("null", "\"prop\"", "\"ten_1\"", "\"pay_1\""), false },
	{ "api null", METADATA("\"ins_1\"", "null", "\"ten_1\"", "\"pay_1\""), false },
	{ "tenant null", METADATA("\"ins_1\"", "\"prop\"", "null", "\"pay_1\""), false },
	{ "object null", METADATA("\"ins_1\"", "\"prop\"", "\"ten_1\"", "null"), false },
	{ "object a number", METADATA("\"ins_1\"", "\"prop\"", "\"ten_1\"", "1"), false },
	{ "only the object", "{\"metadata\":{\"purser_object\":\"pay_1\"}}", false },
	{ "all but the object", "{\"metadata\":{\"purser_installation\":\"ins_1\","
	    "\"purser_api\":\"prop\",\"purser_tenant\":\"ten_1\"}}", false },
	{ "the old name", OLD(""), true },
	{ "the old name and another installation's object",
	    OLD(",\"purser_object\":\"pay_1\",\"purser_installation\":\"ins_2\","
		"\"purser_api\":\"prop\",\"purser_tenant\":\"ten_1\""), false },
	{ "the old name and another object", OLD(",\"purser_object\":\"pay_2\""), false },
	{ "the old name and object null", OLD(",\"purser_object\":null"), false },
	{ "the old name of another object", "{\"metadata\":{\"payment_id\":\"pay_11\"}}", false },
	{ "the old name of another kind", "{\"metadata\":{\"payout_id\":\"pay_1\"}}", false },
	{ "empty metadata", "{\"metadata\":{}}", false },
	{ "metadata null", "{\"metadata\":null}", false },
	{ "metadata that is text", "{\"metadata\":\"purser_object\"}", false },
	{ "no metadata", "{\"purser_object\":\"pay_1\",\"payment_id\":\"pay_1\"}", false },
};
/* clang-format on */

int
main(void)
{
	const struct stripe_owner owner = {
		.installation = "ins_1",
		.api = "prop",
		.tenant = "ten_1",
		.object = "pay_1",
		.attempt = 1,
		.user = "usr_1",
		.old_name = "payment_id",
	};
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *error = NULL;
		const struct json *object =
		    json_parse(&arena, cases[i].object, strlen(cases[i].object), &error);

		ok(object != NULL, "owner: the object with %s is JSON", cases[i].name);
		is_int(stripe_owner_fits(&owner, object), cases[i].fits, "owner: %s %s",
		    cases[i].name, cases[i].fits ? "fits" : "does not fit");
		arena_reset(&arena);
	}
	arena_release(&arena);
	return done();
}
