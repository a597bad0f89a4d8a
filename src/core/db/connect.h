/*
 * Opens a connection to PostgreSQL as the setting `database` says.  What the operator wrote there
 * (options, connect_timeout, keepalives, target_session_attrs, ...) counts; only what the programs
 * cannot do without is laid over it.
 */
#ifndef PURSER_DB_CONNECT_H
#define PURSER_DB_CONNECT_H

/*
 * PGconn, connected; NULL = failed, and *why is the reason, which the caller frees.  No reason
 * contains a part of a password, and so none a part of a `database` that is not understood.
 * Notices of the server and of libpq go to our log.  Takes seconds at most, unless the setting
 * says otherwise.
 */
void *connect_open(const char *database, const char *program, char **why);

#endif
