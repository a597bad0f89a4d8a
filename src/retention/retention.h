/* Module retention: deletes rows that are no longer needed. */
#ifndef PURSER_RETENTION_RETENTION_H
#define PURSER_RETENTION_RETENTION_H

#define MODULE retention
#define MODULE_DEF "retention/module.def"
#include "core/module/declare.inc"

#endif
