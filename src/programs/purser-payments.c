/* purser-payments: the modules that it serves. */
#include "config.h"

#include "core/process/program.h"
#include "programs/modules.h"

/* clang-format off */
static const struct module *const modules[] = {
	&payments_module,
	&health_module,
	NULL,
};
/* clang-format on */

static const struct program program = {
	.name = "purser-payments",
	.purpose = "Sells challenges through Stripe and shows the prop accounts they become.",
	.modules = modules,
	.role = &serve_role,
};

int
main(int argc, char **argv)
{
	return program_main(argc, argv, &program);
}
