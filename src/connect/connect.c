/* Module connect: its tables, from module.def. */
#include "config.h"

#include "connect/connect.h"
#include "core/jobs/job.h"
#include "core/module/module.h"
#include "core/web/route.h"

#include "core/module/tables.inc"
