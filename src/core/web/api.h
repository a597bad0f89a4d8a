/*
 * The apis that clients see.  Each has its own credential, shape of errors (problem.def) and
 * paths; a route belongs to one api.
 */
#ifndef PURSER_WEB_API_H
#define PURSER_WEB_API_H

#include "core/auth/auth.h"

enum api {
	API_PROP,
	API_JOURNAL,
	API_PARTNER,
	API_MARKETPLACE,
	API_PROVIDER, /* webhooks from Stripe; errors as on prop */
	API_PUBLIC,
	API__MAX
};

/* "prop": the name in idempotency rows and in --routes. */
const char *api_name(enum api api);

/* The credential of its clients. */
enum auth api_auth(enum api api);

/* By the prefix of a path: for the shape of the error when no route matches. */
enum api api_of_path(const char *path);

#endif
