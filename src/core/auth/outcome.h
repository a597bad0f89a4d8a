/*
 * A message authentication code for what a program records of the answers of Stripe and the
 * validator.
 *
 * The database cannot see whether they said what the login of a program says that they did.  So
 * the program proves that it has the key for Stripe: it sends an HMAC of the function, the tenant
 * and the principal, by a key that is derived from Stripe's.  purser-jobs, which is believed
 * without one, gives the derived key to the database.  A login that was stolen without the key of
 * Stripe cannot settle a payout, bring another payee, or invent what is owed.
 */
#ifndef PURSER_AUTH_OUTCOME_H
#define PURSER_AUTH_OUTCOME_H

#include "core/db/db.h"

struct arena;
struct conf;

/* The statements of the steps below: for programs that serve, and for purser-jobs. */
extern const struct db_stmt *const outcome_stmts[];
extern const struct db_stmt *const outcome_key_stmts[];

/* The step before a statement with DB_OUTCOME, in its transaction. */
struct db_step outcome_step(struct arena *arena, const struct conf *conf,
    const struct db_stmt *stmt, const char *tenant, const char *principal);

/* Gives the database the derived key; false = it did not answer by the deadline. */
bool outcome_give_key(struct db *db, const struct conf *conf, int64_t deadline_ms) MUST_CHECK;

#endif
