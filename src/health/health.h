/* Module health: whether a program and its database answer. */
#ifndef PURSER_HEALTH_HEALTH_H
#define PURSER_HEALTH_HEALTH_H

#define MODULE health
#define MODULE_ROUTES "health/routes.def"
#include "core/web/route_handlers.inc"

extern const struct module health_module;

#endif
