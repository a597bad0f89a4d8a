/* purser-webhooks: the modules that it serves. */
#include "config.h"

#include "core/process/program.h"
#include "programs/modules.h"

/* clang-format off */
static const struct module *const modules[] = {
	&stripe_events_module,
	&webhooks_module,
	&health_module,
	NULL,
};
/* clang-format on */

static const struct program program = {
	.name = "purser-webhooks",
	.purpose = "Receives Stripe's events; manages the endpoints to which clients' events go.",
	.modules = modules,
	.role = &serve_role,
};

int
main(int argc, char **argv)
{
	return program_main(argc, argv, &program);
}
