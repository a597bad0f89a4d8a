/*
 * Module webhooks: endpoints of clients, and the deliveries of events to them.
 *
 * Declares what the files of the module share; programs use only webhooks_module.
 */
#ifndef PURSER_WEBHOOKS_WEBHOOKS_H
#define PURSER_WEBHOOKS_WEBHOOKS_H

#include "core/web/route.h"

#define MODULE webhooks
#define MODULE_DEF "webhooks/module.def"
#include "core/module/declare.inc"

#endif
