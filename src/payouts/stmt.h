/* The statements of payouts to traders. */
#ifndef PURSER_PAYOUTS_STMT_H
#define PURSER_PAYOUTS_STMT_H

#include "core/db/db.h"

enum payout_stmt {
	STMT_ESTIMATE_TARGET,
	STMT_ESTIMATE_READ,
	STMT_PAYOUT_LIST,
	STMT_PAYOUT_REQUEST,
	STMT_PAYOUT_SUBMIT,
	STMT_PAYOUT_SETTLE,
	STMT_PAYOUT_REFUSE,
	STMT_PAYOUT_UNKNOWN,
	STMT_PAYOUT_RETRY,
	STMT_PAYOUT_CANCEL,
	STMT_PAYOUT__MAX
};

/* Indexed by the enum; ends with a NULL name. */
extern const struct db_stmt payout_stmts[];

#endif
