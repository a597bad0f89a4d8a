#include "config.h"

#include "core/web/worker.h"
#include "programs/modules.h"

static const struct module *const modules[] = { &payouts_module, &journal_module, &health_module,
	NULL };

static const struct worker worker = {
	.program = "purser-payouts",
	.family = "payouts",
	.purpose =
	    "Pays traders what they have earned; keeps the journal of what their firms paid them.",
	.modules = modules,
};

int
main(int argc, char **argv)
{
	return worker_main(argc, argv, &worker);
}
