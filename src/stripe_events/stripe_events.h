/*
 * Module stripe_events: Stripe's events are verified, stored and applied.
 *
 * Declares what the files of the module share; programs use only stripe_events_module.
 */
#ifndef PURSER_STRIPE_EVENTS_STRIPE_EVENTS_H
#define PURSER_STRIPE_EVENTS_STRIPE_EVENTS_H

#include "core/db/db.h"

struct job;

#define MODULE stripe_events
#define MODULE_ROUTES "stripe_events/routes.def"
#include "core/web/route_handlers.inc"

extern const struct module stripe_events_module;

/* Statements of event.c, event_job.c and backfill_job.c. */
extern const struct db_stmt *const stripe_events_event_stmts[];
extern const struct db_stmt *const stripe_events_event_job_stmts[];
extern const struct db_stmt *const stripe_events_backfill_job_stmts[];

/* event.c: stores events, each once; the parameters are columns (db_columns()). */
extern const struct db_stmt stripe_events_event_receive_stmt;

/* The jobs. */
bool stripe_events_event_job(struct job *job);
bool stripe_events_backfill_job(struct job *job);

#endif
