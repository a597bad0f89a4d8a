/*
 * Who asks.  A credential becomes the first step of the request's own database
 * call: nothing is cached, so a revoked token is refused at once.  The step
 * raises, and the steps after it then never run.
 */
#ifndef PURSER_AUTH_AUTH_H
#define PURSER_AUTH_AUTH_H

#include "core/db/db.h"

struct arena;

enum auth {
	AUTH_MISSING,     /* nobody said: a route that is served so is a bug */
	AUTH_NONE,        /* public, or proven otherwise (Stripe's signature) */
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

/* The statements that every worker prepares. */
extern const struct db_stmt *const auth_stmts[];

/*
 * Makes the authenticating step; scope is the route's.  Missing or malformed
 * credentials are refused without asking the database.
 */
enum auth_result auth_step(enum auth auth, const struct auth_headers *headers, const char *scope,
    struct arena *arena, struct db_step *step);

/*
 * The step that continues as an already authenticated principal: settling after an upstream
 * call, and jobs.
 */
struct db_step auth_assume_step(struct arena *arena, const char *tenant, const char *principal);

const char *auth_name(enum auth auth);

#endif
