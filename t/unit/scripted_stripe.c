/* A client of Stripe's API whose server answers by a script. */
#include "t/unit/scripted_stripe.h"
#include "core/base/arena.h"
#include "core/base/conf.h"

struct stripe
scripted_stripe(struct arena *arena, const struct scripted_server *server)
{
	struct conf *conf = arena_zalloc(arena, sizeof(*conf));
	struct stripe stripe;

	conf->stripe_timeout_ms = 5000;
	conf->stripe_deadline_ms = 20000;
	conf->stripe_api_base = arena_strdup(arena, scripted_url(server));
	stripe_init(&stripe, conf, NULL, arena, NULL);
	stripe.secret_key = "sk_test_1";
	stripe.backoff_ms = 1;
	return stripe;
}
