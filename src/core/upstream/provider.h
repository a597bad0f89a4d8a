/*
 * The account provider makes subaccounts and has no idempotency: a lost answer is
 * resolved by provider_subaccounts(), never by a second create.
 */
#ifndef PURSER_UPSTREAM_PROVIDER_H
#define PURSER_UPSTREAM_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct conf;

/* What an answer says, in the classes of enum stripe_result. */
enum provider_result {
	PROVIDER_OK,
	PROVIDER_REFUSED,         /* 400, 403: certainly not made */
	PROVIDER_REFUSED_FOR_NOW, /* never reached it: certainly not made */
	PROVIDER_RIGHTS,          /* 401: our token is wrong; certainly not made */
	PROVIDER_UNKNOWN,         /* 5xx, no or unreadable answer: may have been made */
};

/* The message of PROVIDER_RIGHTS begins with these words; admin.health finds it by them. */
#define PROVIDER_RIGHTS_WORDS "our token may not make"

struct subaccount {
	int64_t id;
	const char *uuid;
	const char *synthetic_hotkey;
	const char *asset_class;  /* NULL when the provider does not say */
	const char *account_size; /* number text, NULL when the provider does not say */
	const char *status;
};

struct provider_error {
	int status;          /* 0 = none */
	bool rights;         /* our token is wrong, which says nothing about the request */
	const char *message; /* for operators; never NULL after a failure */
};

/* What is asked for, with the credentials of its tenant. */
struct provider_order {
	const char *token;         /* NULL = not configured */
	const char *entity_hotkey; /* of the tenant, under which the subaccount is to be made */
	const char *asset_class;
	int64_t account_size; /* whole USD */
};

/*
 * POST {provider}/api/create-subaccount.  An answer of another class, size or entity than was asked
 * for is not believed: PROVIDER_UNKNOWN.  Nothing is sent after send_by_ms (monotonic): the end of
 * the caller's lease.
 */
enum provider_result provider_create(struct arena *arena, const struct conf *conf,
    const struct provider_order *order, int64_t send_by_ms, struct subaccount *made,
    struct provider_error *error);

/*
 * GET {validator}/entity/{hotkey}: all subaccounts as a JSON array text
 * [{"subaccount_id","subaccount_uuid","synthetic_hotkey","asset_class","account_size","status"}]
 * for payments.provision_match(); what is malformed or of another entity is left out.  token: for
 * the validator, NULL = none is sent.
 */
enum provider_result provider_subaccounts(struct arena *arena, const struct conf *conf,
    const char *token, const char *entity_hotkey, const char **subaccounts_json,
    struct provider_error *error);

#endif
