/* Protects: our forms are byte for byte what Stripe's SDK sends. */
#include "core/base/arena.h"
#include "core/stripe/stripe.h"
#include "core/upstream/url.h"
#include "t/lib/tap.h"

#define PARAMS_MAX 4

/* clang-format off */
static const struct form_case {
	const char *name;
	struct stripe_param params[PARAMS_MAX];
	const char *form;
} cases[] = {
	{ "nothing", { { NULL, NULL } }, "" },
	{ "one", { { "amount", "2500" } }, "amount=2500" },
	{ "several", { { "a", "1" }, { "b", "2" }, { "c", "3" } }, "a=1&b=2&c=3" },
	{ "NULL is left out", { { "a", NULL }, { "b", "2" } }, "b=2" },
	{ "an empty value unsets", { { "a", "" } }, "a=" },
	{ "brackets of a name stay", { { "metadata[order_id]", "1" } },
	    "metadata[order_id]=1" },
	{ "brackets of a value stay", { { "a", "[x]" } }, "a=[x]" },
	{ "separators", { { "a&b=c", "d&e=f+g%h" } }, "a%26b%3Dc=d%26e%3Df%2Bg%25h" },
	{ "a space", { { "a", "b c" } }, "a=b%20c" },
	{ "unreserved", { { "a", "-_.~" } }, "a=-_.~" },
	{ "marks that encodeURIComponent leaves", { { "a", "!*()'" } },
	    "a=%21%2A%28%29%27" },
	{ "UTF-8", { { "a", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" } },
	    "a=%C3%A9%E2%82%AC%F0%9F%98%80" },
	{ "control characters", { { "a", "b\r\nc\x01\x7f" } }, "a=b%0D%0Ac%01%7F" },
	{ "punctuation", { { "a", "/?#@:;,$\"<>{}|\\^`" } },
	    "a=%2F%3F%23%40%3A%3B%2C%24%22%3C%3E%7B%7D%7C%5C%5E%60" },
};
/* clang-format on */

/* clang-format off */
static const struct url_case {
	const char *base, *path, *part, *url;
} url_cases[] = {
	{ "https://api.example", "/v1/x", NULL, "https://api.example/v1/x" },
	{ "https://api.example//", "/v1/x", NULL, "https://api.example/v1/x" },
	{ "http://h/prefix/", "/entity/", "5F_1", "http://h/prefix/entity/5F_1" },
	{ "http://h", "/entity/", "a/b?c#d%[]", "http://h/entity/a%2Fb%3Fc%23d%25%5B%5D" },
};
/* clang-format on */

/* clang-format off */
static const struct id_case {
	const char *id;
	bool valid;
} id_cases[] = {
	{ "pi_1", true }, { "pi_3Nab_secret", true }, { "du_0", true },
	{ "", false }, { "_", false }, { "pi", false }, { "pi_", false }, { "_1", false },
	{ "pi_1/../x", false }, { "pi_1?a", false }, { "pi_1 ", false }, { "pi_\xc3\xa9", false },
	{ "pi_1\r\nX: y", false }, { "pi-1_2", false },
};
/* clang-format on */

int
main(void)
{
	struct arena arena;
	char longest[300];

	arena_init(&arena);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		is_str(stripe_form(&arena, cases[i].params), cases[i].form, "%s", cases[i].name);
	is_str(stripe_form(&arena, NULL), "", "a form without parameters is empty");
	for (size_t i = 0; i < sizeof url_cases / sizeof *url_cases; i++)
		is_str(url_join(&arena, url_cases[i].base, url_cases[i].path, url_cases[i].part),
		    url_cases[i].url, "%s", url_cases[i].url);
	for (size_t i = 0; i < sizeof id_cases / sizeof *id_cases; i++)
		ok(stripe_id_valid(id_cases[i].id) == id_cases[i].valid, "id %zu is %s", i,
		    id_cases[i].valid ? "taken" : "refused");
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i == 2 ? '_' : 'p';
	longest[255] = '\0';
	ok(stripe_id_valid(longest), "an id of 255 bytes is valid");
	longest[255] = 'p';
	longest[256] = '\0';
	ok(!stripe_id_valid(longest), "an id of 256 bytes is refused");
	arena_release(&arena);
	return done();
}
