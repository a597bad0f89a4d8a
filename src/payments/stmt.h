/* The statements of the payments family. */
#ifndef PURSER_PAYMENTS_STMT_H
#define PURSER_PAYMENTS_STMT_H

#include "core/db/db.h"

enum payments_stmt {
	STMT_CHECKOUT_BEGIN,
	STMT_CHECKOUT_SETTLE,
	STMT_CHECKOUT_REFUSE,
	STMT_CHECKOUT_UNKNOWN,
	STMT_FREE_CREATE,
	STMT_PAYMENT_GET,
	STMT_PROP_ACCOUNT_LIST,
	STMT_PROP_ACCOUNT_FAILED,
	STMT_PROP_ACCOUNT_GET,
	STMT_LIFECYCLE_APPLY,
	STMT__MAX
};

/* Indexed by the enum; ends with a NULL name. */
extern const struct db_stmt payments_stmts[];

#endif
