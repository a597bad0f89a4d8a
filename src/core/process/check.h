/* For --check-conf: what the values of the settings alone do not show. */
#ifndef PURSER_PROCESS_CHECK_H
#define PURSER_PROCESS_CHECK_H

#include <stdbool.h>

struct db;
struct db_stmt;

extern const struct db_stmt *const check_stmts[];

/* Each prints its mistakes to standard error; false = there are some. */

/*
 * The database's encoding, whether it takes writes, and whether the program's role may run the
 * statements: a list of lists, each ends with NULL.
 */
bool check_database(struct db *db, const struct db_stmt *const *const *stmts);

/* Can a socket be made at the path, which the setting names, unless a process has one there? */
bool check_socket(const char *setting, const char *path, int type);

#endif
