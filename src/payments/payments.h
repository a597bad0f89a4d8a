/*
 * Module payments: challenges are bought and become prop accounts.
 *
 * What its files show each other; programs take payments_module.
 */
#ifndef PURSER_PAYMENTS_PAYMENTS_H
#define PURSER_PAYMENTS_PAYMENTS_H

#include "core/db/db.h"
#include "core/web/reply.h"

#define MODULE payments
#define MODULE_ROUTES "payments/routes.def"
#include "core/web/route_handlers.inc"

extern const struct module payments_module;

#define LIMIT_TIER_CHARS 64
#define LIMIT_WORD_CHARS 32           /* market, asset class */
#define LIMIT_ACCOUNT_SIZE 1000000000 /* whole USD */

/* Statements of checkout.c, free.c, … */
extern const struct db_stmt *const payments_checkout_stmts[];
extern const struct db_stmt *const payments_free_stmts[];
extern const struct db_stmt *const payments_lifecycle_stmts[];
extern const struct db_stmt *const payments_payment_stmts[];
extern const struct db_stmt *const payments_prop_account_stmts[];

/* prop_account.c: a prop account as clients see it; the view needs these columns. */
#define PROP_ACCOUNT_COLUMNS \
	"id, tier_id, asset_class, account_size, status, subaccount_id," \
	" subaccount_uuid, synthetic_hotkey, stripe_payment_intent_id"
extern const struct view_field payments_prop_account_view[];

#endif
