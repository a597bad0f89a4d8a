/*
 * A module: the routes, jobs and event handlers of one domain.  A program is a list of
 * modules.
 */
#ifndef PURSER_MODULE_MODULE_H
#define PURSER_MODULE_MODULE_H

#include "core/db/db.h"

struct event_type;
struct job_kind;
struct route;

struct module {
	const char *name;           /* the folder in src/, the schema in SQL */
	const struct route *routes; /* ends with a NULL method; NULL = it serves nothing */
	/* of the handlers: a list of lists, each ends with NULL */
	const struct db_stmt *const *const *stmts;
	const struct job_kind *jobs;     /* ends with a NULL name; NULL = none */
	const struct event_type *events; /* ends with a NULL type; NULL = none (stripe_events) */
	/* of the jobs and events, as stmts */
	const struct db_stmt *const *const *job_stmts;
};

#endif
