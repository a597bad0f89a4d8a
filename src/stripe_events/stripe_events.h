/*
 * Module stripe_events: Stripe's events are verified, stored and applied.
 *
 * Declares what the files of the module share; programs use only stripe_events_module.
 */
#ifndef PURSER_STRIPE_EVENTS_STRIPE_EVENTS_H
#define PURSER_STRIPE_EVENTS_STRIPE_EVENTS_H

#include "core/db/db.h"
#include "core/web/route.h"

#define MODULE stripe_events
#define MODULE_DEF "stripe_events/module.def"
#include "core/module/declare.inc"

/* event.c: stores events, each once; the parameters are columns (db_columns()). */
extern const struct db_stmt stripe_events_event_receive_stmt;

struct job;

/* event_job.c: does a module of the program apply events of this type, snapshot or thin? */
bool stripe_events_event_is_used(const struct job *job, const char *type);

#endif
