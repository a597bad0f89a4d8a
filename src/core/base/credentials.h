/*
 * Credentials by Stripe account.  Each tenant has a Stripe account of its own, and the tokens for
 * the account provider and the validator go by its name as well.
 *
 * The files of the account NAME stand in the directory stripe_accounts_dir: NAME.secret_key,
 * NAME.webhook_secrets (one a line), NAME.provider_token, NAME.validator_token.  The account
 * `default` has those of the settings stripe_secret_key_file, stripe_webhook_secret_file,
 * provider_token_file and validator_token_file where the directory has none.
 *
 * A file that changes, or is new, is read within a second while the program runs.  One that is
 * broken or gone is logged, and what it held last stays in use.
 *
 * A secret key is used only once it was confirmed that it belongs to the account at Stripe
 * (acct_...) that the database has for the name: with the key of another one every payee would look
 * deleted.  core/process/key_check.c confirms keys.  Until then, and when it is refused, the key
 * that was confirmed last stays in use, if there is one.
 */
#ifndef PURSER_BASE_CREDENTIALS_H
#define PURSER_BASE_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/conf_value.h"

#define CREDENTIALS_DEFAULT "default"

struct arena;
struct credentials_store;

/* Of one Stripe account.  The texts live as long as the configuration. */
struct credentials {
	const char *secret_key; /* confirmed; NULL = none; so the two tokens */
	/* "live" or "test", of the key in the file, confirmed or not; NULL = there is none */
	const char *mode;
	struct conf_secrets webhook_secrets;
	const char *provider_token;
	const char *validator_token;
};

/* Where the files are; NULL = not set. */
struct credentials_files {
	const char *conf_path; /* paths are relative to its directory */
	const char *dir;
	const char *secret_key; /* of `default`, as the next three */
	const char *webhook_secrets;
	const char *provider_token;
	const char *validator_token;
	bool test_only; /* Stripe's address is not https: no key but sk_test_... */
};

/*
 * Reads all files; what is wrong with one is printed to `errors`, and its account lacks it.  NULL =
 * the directory cannot be read, or a file that a setting names is wrong.  The store lives in
 * `memory`, and is released with it.
 */
struct credentials_store *credentials_open(struct arena *memory,
    const struct credentials_files *files, FILE *errors);

/*
 * False = no file names such an account.  `default` is always known.  NULL names none.  The store
 * is conf->credentials; NULL has nothing.
 */
bool credentials_get(struct credentials_store *store, const char *account,
    struct credentials *credentials);

/*
 * Whether any account has a secret key, whether any has a confirmed one, and whether any has one of
 * which Stripe has not said yet whose it is.
 */
bool credentials_any_key(struct credentials_store *store);
bool credentials_any_confirmed(struct credentials_store *store);
bool credentials_any_unknown(struct credentials_store *store);

/*
 * The secret key of `default`, else of the account whose name comes first, confirmed or not; NULL =
 * there is none.  It is no key to call Stripe with.
 */
const char *credentials_first_key(struct credentials_store *store);

/* "live" or "test": the mode of a secret key.  Restricted keys are rk_... */
const char *credentials_mode(const char *secret_key);

/*
 * Text arrays for the database: the accounts that have a confirmed key, with its mode and whose it
 * is at Stripe, "{default:live:acct_1,other:live:acct_2}"; those that have a key in their file,
 * "{default:live}"; and those that have a provider's token, "{default}".
 */
char *credentials_keys(struct credentials_store *store, struct arena *arena);
char *credentials_modes(struct credentials_store *store, struct arena *arena);
char *credentials_providers(struct credentials_store *store, struct arena *arena);

/* --- confirmation of keys ------------------------------------------------- */

/* The key in the file of an account that is to be checked. */
struct credentials_check {
	const char *account;
	const char *secret_key;
	const char *stripe_id; /* whose key it is at Stripe; NULL = not known yet */
	int unknown;           /* how many checks before this one did not find that out */
};

/* False = no check is due.  A new key's is due at once. */
bool credentials_check_next(struct credentials_store *store, struct credentials_check *check);

/*
 * Records a check, to which the caller has added stripe_id.
 *
 * wrong: why the key may not be used, NULL = it is confirmed.  bound_id: the account at Stripe that
 * the database has for the name, NULL = not known; a key of another one is used no longer.  The
 * next check comes after next_ms.  Returns true when it says something else than the last one.
 */
bool credentials_check_done(struct credentials_store *store, const struct credentials_check *check,
    const char *wrong, const char *bound_id, int64_t next_ms);

#endif
