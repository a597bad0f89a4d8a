/*
 * The apis that clients see.  Each has a credential, a shape of its errors (problem.def) and paths
 * of its own; a route belongs to one.
 */
#ifndef PURSER_WEB_API_H
#define PURSER_WEB_API_H

#include "core/auth/auth.h"

enum api {
	API_PROP,
	API_JOURNAL,
	API_PARTNER,
	API_MARKETPLACE,
	API_PROVIDER, /* Stripe's webhooks in; errors as on prop */
	API_PUBLIC,
	API__MAX
};

/* "prop": in idempotency rows and in --routes. */
const char *api_name(enum api api);

/* What its clients show. */
enum auth api_auth(enum api api);

/* By the path's prefix: the shape of the error when no route matches. */
enum api api_of_path(const char *path);

#endif
