/* Module health: whether a program and its database answer. */
#ifndef PURSER_HEALTH_HEALTH_H
#define PURSER_HEALTH_HEALTH_H

#define MODULE health
#define MODULE_DEF "health/module.def"
#include "core/module/declare.inc"

#endif
