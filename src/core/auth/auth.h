/*
 * Authentication.  The first step of a request's database call checks the
 * credential.  Nothing is cached, so a revoked token is refused at once.  For an
 * invalid credential the step raises an error, and the steps after it do not run.
 */
#ifndef PURSER_AUTH_AUTH_H
#define PURSER_AUTH_AUTH_H

#include "core/db/db.h"

struct arena;

enum auth {
	AUTH_MISSING,     /* not set: a route with it is a bug */
	AUTH_NONE,        /* public, or checked by the handler (Stripe's signature) */
	AUTH_APP,         /* app access token */
	AUTH_APP_SESSION, /* app access token and user session */
	AUTH_JOURNAL,     /* API key of the journal */
};

/* Headers as they came; NULL = absent. */
struct auth_headers {
	const char *authorization;
	const char *session_token;
	const char *prop_account;
};

enum auth_result { AUTH_OK, AUTH_NO_TOKEN, AUTH_NO_SESSION };

/*
 * The statements of the steps below, for programs that make them: of the credentials AUTH_APP and
 * AUTH_APP_SESSION, of AUTH_JOURNAL, and of auth_assume_step().
 */
extern const struct db_stmt *const auth_app_stmts[];
extern const struct db_stmt *const auth_journal_stmts[];
extern const struct db_stmt *const auth_assume_stmts[];

/*
 * Makes the authenticating step; scope is the route's.  Missing or malformed
 * credentials are refused without a database call.
 */
enum auth_result auth_step(enum auth auth, const struct auth_headers *headers, const char *scope,
    struct arena *arena, struct db_step *step);

/*
 * The step that acts as a principal authenticated before: in a job, and in the database call
 * after an upstream call.
 */
struct db_step auth_assume_step(struct arena *arena, const char *tenant, const char *principal);

const char *auth_name(enum auth auth);

/* What the client sends as the Bearer token, in words. */
const char *auth_token_name(enum auth auth);

#endif
