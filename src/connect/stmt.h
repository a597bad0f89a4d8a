/* The statements of the connect family. */
#ifndef PURSER_CONNECT_STMT_H
#define PURSER_CONNECT_STMT_H

#include "core/db/db.h"

enum connect_stmt {
	STMT_CONNECT_ACCOUNT_BEGIN,
	STMT_CONNECT_ACCOUNT_SETTLE,
	STMT_CONNECT_ACCOUNT_REFUSE,
	STMT_CONNECT_ACCOUNT_UNKNOWN,
	STMT_CONNECT_ACCOUNT_LINK,
	STMT_CONNECT_ACCOUNT_HEAL,
	STMT_CONNECT_ACCOUNT_LIST,
	STMT__MAX
};

/* Indexed by the enum; ends with a NULL name. */
extern const struct db_stmt connect_stmts[];

#endif
