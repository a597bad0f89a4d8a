#include "config.h"

#include "core/web/worker.h"
#include "programs/modules.h"

static const struct module *const modules[] = { &connect_module, &health_module, NULL };

static const struct worker worker = {
	.program = "purser-connect",
	.family = "connect",
	.purpose = "Makes people payees through Stripe Connect and shows how far they are.",
	.modules = modules,
};

int
main(int argc, char **argv)
{
	return worker_main(argc, argv, &worker);
}
