/*
 * Registers the start of a process in the database: the leases that an earlier process of its
 * name held are released at once.
 */
#ifndef PURSER_DB_ANNOUNCE_H
#define PURSER_DB_ANNOUNCE_H

#include "core/db/db.h"

/* The statements of announce(), for the program to prepare. */
extern const struct db_stmt *const announce_stmts[];

/*
 * short_name: without "purser-"; stripe_keys: of credentials_modes().  False = the reason was
 * printed to standard error: no answer, or the books of `default` are of the other mode.
 */
bool announce(struct db *db, const char *program, const char *holder, const char *short_name,
    const char *stripe_keys) MUST_CHECK;

#endif
