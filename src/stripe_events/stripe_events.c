/* Module stripe_events: its tables, from module.def. */
#include "config.h"

#include "core/jobs/job.h"
#include "core/module/module.h"
#include "core/web/route.h"
#include "stripe_events/stripe_events.h"

#include "core/module/tables.inc"
