/* purser-payouts: the modules that it serves. */
#include "config.h"

#include "core/process/program.h"
#include "programs/modules.h"

/* clang-format off */
static const struct module *const modules[] = {
	&payouts_module,
	&journal_module,
	&health_module,
	NULL,
};
/* clang-format on */

static const struct program program = {
	.name = "purser-payouts",
	.purpose = "Pays traders what they have earned; keeps the journal of what firms paid them.",
	.modules = modules,
	.role = &serve_role,
};

int
main(int argc, char **argv)
{
	return program_main(argc, argv, &program);
}
