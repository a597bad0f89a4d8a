/*
 * A module: what a noun's files serve and do.  A program is a list of modules.
 */
#ifndef PURSER_PROCESS_MODULE_H
#define PURSER_PROCESS_MODULE_H

#include "core/db/db.h"
#include "core/web/route.h"

struct module {
	const char *name;           /* the folder in src/, the schema in SQL */
	const struct route *routes; /* ends with a NULL method; NULL = it serves nothing */
	/* what the handlers need: lists, NULL at the end of each and of all */
	const struct db_stmt *const *const *stmts;
};

#endif
