/*
 * The name of an instance, which its leases carry, belongs to one live process: the database says
 * which (core.instance).  While the process runs, a thread shows it that it is alive.
 */
#ifndef PURSER_PROCESS_INSTANCE_H
#define PURSER_PROCESS_INSTANCE_H

#include <stdbool.h>

#include "core/base/bug.h"
#include "core/db/value.h"

struct db;

extern const struct db_stmt *const instance_stmts[];

/* Takes the name for this process; false = the reason was printed to standard error. */
bool instance_take(struct db *db, const char *program, const char *name) MUST_CHECK;

/* Starts the thread.  When another process has taken the name, it ends this one by SIGTERM. */
void instance_watch(struct db *db, const char *name);

/* Ends the thread and gives the name up; false = another process has taken it. */
bool instance_end(struct db *db, const char *name);

#endif
