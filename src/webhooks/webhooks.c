/* Module webhooks: its tables, from module.def. */
#include "config.h"

#include "core/jobs/job.h"
#include "core/module/module.h"
#include "core/web/route.h"
#include "webhooks/webhooks.h"

#include "core/module/tables.inc"
