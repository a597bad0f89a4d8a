/* The handlers of the connect family, one file per noun, and the fields of their bodies. */
#ifndef PURSER_CONNECT_HANDLERS_H
#define PURSER_CONNECT_HANDLERS_H

#include "core/web/route.h"

/* connect_account.c */
struct connect_account_input {
	const char *country; /* ISO 3166, two letters */
};
extern const struct field connect_account_fields[];
int connect_account_create(struct req *req);
int connect_account_list(struct req *req);

/* onboarding_link.c */
int onboarding_link_create(struct req *req);

#endif
