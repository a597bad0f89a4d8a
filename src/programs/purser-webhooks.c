#include "config.h"

#include "core/web/worker.h"
#include "programs/modules.h"

static const struct module *const modules[] = { &stripe_events_module, NULL };

static const struct worker worker = {
	.program = "purser-webhooks",
	.family = "webhooks",
	.purpose = "Receives Stripe's events: verifies, stores once, answers.",
	.modules = modules,
};

int
main(int argc, char **argv)
{
	return worker_main(argc, argv, &worker);
}
