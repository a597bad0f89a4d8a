/*
 * Module stripe_events: Stripe's events are verified, stored and applied.
 *
 * What its files show each other; programs take stripe_events_module.
 */
#ifndef PURSER_STRIPE_EVENTS_STRIPE_EVENTS_H
#define PURSER_STRIPE_EVENTS_STRIPE_EVENTS_H

#include "core/db/db.h"

#define MODULE stripe_events
#define MODULE_ROUTES "stripe_events/routes.def"
#include "core/web/route_handlers.inc"

extern const struct module stripe_events_module;

/* Statements of event.c. */
extern const struct db_stmt *const stripe_events_event_stmts[];

#endif
