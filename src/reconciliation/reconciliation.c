/* Module reconciliation: its tables, from module.def. */
#include "config.h"

#include "core/jobs/job.h"
#include "core/module/module.h"
#include "core/web/route.h"
#include "reconciliation/reconciliation.h"

#include "core/module/tables.inc"
