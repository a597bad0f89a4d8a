/*
 * A process says that it starts: what an earlier one of its name held when it died is free
 * again at once.
 */
#ifndef PURSER_DB_ANNOUNCE_H
#define PURSER_DB_ANNOUNCE_H

#include "core/db/db.h"

/* To be prepared by every program that announces itself. */
extern const struct db_stmt *const announce_stmts[];

/* short_name: without "purser-".  False = the reason stands on standard error. */
bool announce(struct db *db, const char *program, const char *holder,
    const char *short_name) MUST_CHECK;

#endif
