/* The modules of which programs consist. */
#ifndef PURSER_PROGRAMS_MODULES_H
#define PURSER_PROGRAMS_MODULES_H

#include "core/module/module.h"

extern const struct module connect_module;
extern const struct module health_module;
extern const struct module journal_module;
extern const struct module payments_module;
extern const struct module payouts_module;
extern const struct module reconciliation_module;
extern const struct module retention_module;
extern const struct module stripe_events_module;
extern const struct module webhooks_module;

#endif
