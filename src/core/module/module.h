/*
 * A module: the routes, jobs and event handlers of one domain.  A program is a list of
 * modules.
 */
#ifndef PURSER_MODULE_MODULE_H
#define PURSER_MODULE_MODULE_H

#include "core/db/db.h"

struct event;
struct job;
struct job_kind;
struct route;

enum event_flag {
	EVENT_CONNECT = 1 << 0, /* of a connected account, else of the platform */
	EVENT_ASKS = 1 << 1,    /* reads the object again from Stripe */
};

/* Events of Stripe that the module applies (stripe_events/event.h). */
struct event_type {
	const char *type; /* "refund.*" = every event under refund; NULL ends the table */
	unsigned flags;   /* an event of the other origin is ignored */
	/* payments_refund_event() in payments/refund_event.c */
	void (*apply)(struct job *job, const struct event *event);
};

/* Each table is made of the rows of the module's module.def (tables.inc). */
struct module {
	const char *name;           /* the folder in src/, the schema in SQL */
	const struct route *routes; /* ends with a NULL method */
	/* of the handlers: a list of lists, each ends with NULL */
	const struct db_stmt *const *const *stmts;
	const struct job_kind *jobs;     /* ends with a NULL name */
	const struct event_type *events; /* ends with a NULL type */
	/* of the jobs and events, as stmts */
	const struct db_stmt *const *const *job_stmts;
};

#endif
