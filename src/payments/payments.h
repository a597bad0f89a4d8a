/* The handlers of the payments family, one file per noun, and the fields of their bodies. */
#ifndef PURSER_PAYMENTS_PAYMENTS_H
#define PURSER_PAYMENTS_PAYMENTS_H

#include <stdint.h>

#include "core/web/route.h"

/* checkout.c */
struct checkout_input {
	const char *tier_id;
	const char *market;
	const char *asset_class;
	int64_t account_size; /* whole USD */
	int64_t amount_cents;
	const char *currency; /* NULL = usd */
};
extern const struct field checkout_fields[];
int checkout_create(struct req *req);

/* free.c */
struct free_input {
	const char *tier_id;
	const char *asset_class;
	int64_t account_size;
};
extern const struct field free_fields[];
int free_create(struct req *req);

/* payment.c */
int payment_get(struct req *req);

/* prop_account.c */
int prop_account_list(struct req *req);
int prop_account_failed(struct req *req);
int prop_account_get(struct req *req);

/* lifecycle.c */
int lifecycle_sync(struct req *req);

#endif
