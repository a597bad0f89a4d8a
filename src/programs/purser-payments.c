#include "config.h"

#include "core/web/worker.h"
#include "programs/modules.h"

static const struct module *const modules[] = { &payments_module, &health_module, NULL };

static const struct worker worker = {
	.program = "purser-payments",
	.family = "payments",
	.purpose = "Sells challenges through Stripe and shows the prop accounts they become.",
	.modules = modules,
};

int
main(int argc, char **argv)
{
	return worker_main(argc, argv, &worker);
}
