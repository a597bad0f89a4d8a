/* purser-jobs: the modules whose jobs it runs. */
#include "config.h"

#include "core/process/program.h"
#include "programs/modules.h"

/* clang-format off */
static const struct module *const modules[] = {
	&connect_module,
	&payments_module,
	&payouts_module,
	&reconciliation_module,
	&retention_module,
	&stripe_events_module,
	&webhooks_module,
	NULL,
};
/* clang-format on */

static const struct program program = {
	.name = "purser-jobs",
	.purpose = "Applies events, resumes open payments, submits payouts, sends webhooks.",
	.modules = modules,
	.role = &background_role,
};

int
main(int argc, char **argv)
{
	return program_main(argc, argv, &program);
}
