/* Proves to the database that an answer of Stripe comes from a program with Stripe's key. */
#include "config.h"

#include <string.h>

#include "core/auth/outcome.h"
#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/crypto/crypto.h"

#define PURPOSE "purser outcome"

static const struct db_stmt prove_stmt = { "core.outcome_prove",
	"select core.outcome_prove($1, $2::bytea)", 2, 0 };
static const struct db_stmt key_stmt = { "core.outcome_key_store",
	"select core.outcome_key_store($1::bytea)", 1, 0 };
const struct db_stmt *const outcome_stmts[] = { &prove_stmt, NULL };
const struct db_stmt *const outcome_key_stmts[] = { &key_stmt, NULL };

/* False = there is no key of Stripe to derive it from. */
static bool
derive_key(const struct conf *conf, unsigned char key[CRYPTO_SHA256_BYTES])
{
	const char *secret = credentials_first_key(conf->credentials);
	const struct crypto_part purpose = { PURPOSE, strlen(PURPOSE) };

	if (secret == NULL)
		return false;
	crypto_hmac_sha256(secret, strlen(secret), &purpose, 1, key);
	return true;
}

struct db_step
outcome_step(struct arena *arena, const struct conf *conf, const struct db_stmt *stmt,
    const char *tenant, const char *principal)
{
	struct db_param *params = arena_alloc(arena, 2 * sizeof(*params));
	const char *text = arena_printf(arena, "%s\n%s\n%s", stmt->name, tenant, principal);
	const struct crypto_part part = { text, strlen(text) };
	unsigned char *mac = arena_alloc(arena, CRYPTO_SHA256_BYTES);
	unsigned char key[CRYPTO_SHA256_BYTES];

	params[0] = db_text(stmt->name);
	params[1] = db_text(NULL);
	if (derive_key(conf, key)) {
		crypto_hmac_sha256(key, sizeof(key), &part, 1, mac);
		params[1] = db_bytes(mac, CRYPTO_SHA256_BYTES);
	}
	return (struct db_step) { .stmt = &prove_stmt, .params = params };
}

bool
outcome_give_key(struct db *db, const struct conf *conf, int64_t deadline_ms)
{
	unsigned char key[CRYPTO_SHA256_BYTES] = { 0 };
	const struct db_step step = { .stmt = &key_stmt,
		.params = DB_PARAMS(db_bytes(key, sizeof(key))) };
	struct db_error error;
	struct db_rows rows;
	struct arena arena;
	enum db_result result;

	if (!derive_key(conf, key))
		return true;
	arena_init(&arena);
	result = db_run(db, &arena, &step, 1, deadline_ms, &rows, &error);
	arena_release(&arena);
	return result == DB_OK;
}
