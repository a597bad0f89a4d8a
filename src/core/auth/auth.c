/* Turns the headers of a request into the database step that authenticates it. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "core/auth/auth.h"
#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/crypto/crypto.h"

static const struct db_stmt app_stmt = { "auth.authenticate_app",
	"select tenant_id, principal, nonce from auth.authenticate_app($1::bytea, $2, $3)", 3,
	DB_PIPELINED };
static const struct db_stmt session_stmt = { "auth.authenticate_session",
	"select tenant_id, principal, nonce"
	" from auth.authenticate_session($1::bytea, $2::bytea, $3, $4, $5)",
	5, DB_PIPELINED };
static const struct db_stmt journal_stmt = { "auth.authenticate_journal",
	"select tenant_id, principal, nonce from auth.authenticate_journal($1::bytea, $2)", 2,
	DB_PIPELINED };
/* What the functions above set, for a principal that was authenticated before. */
static const struct db_stmt assume_stmt = { "auth.assume",
	"select set_config('purser.tenant', $1, true), set_config('purser.mode', 'live', true),"
	" set_config('purser.principal', $2, true), $3::text as nonce",
	3, DB_PIPELINED };
const struct db_stmt *const auth_app_stmts[] = { &app_stmt, &session_stmt, NULL };
const struct db_stmt *const auth_journal_stmts[] = { &journal_stmt, NULL };
const struct db_stmt *const auth_assume_stmts[] = { &assume_stmt, NULL };

#define PARAMS_MAX 5

static bool
is_token(const char *text)
{
	return text != NULL && text_visible_ascii(text, LIMIT_TOKEN_BYTES);
}

/* "Bearer <token>" -> token, NULL when it is anything else. */
static const char *
bearer(const char *authorization)
{
	const char *token;

	if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0)
		return NULL;
	token = authorization + 7;
	while (*token == ' ')
		token++;
	return is_token(token) ? token : NULL;
}

/* Only hashes reach the database: its logs and tables hold no credential. */
static struct db_param
hash_param(struct arena *arena, const char *token)
{
	unsigned char *hash = arena_alloc(arena, CRYPTO_SHA256_BYTES);

	crypto_sha256(token, strlen(token), hash);
	return db_bytes(hash, CRYPTO_SHA256_BYTES);
}

enum auth_result
auth_step(enum auth auth, const struct auth_headers *headers, const char *scope,
    struct arena *arena, struct db_step *step)
{
	const char *token = bearer(headers->authorization);
	struct db_param *params = arena_alloc(arena, PARAMS_MAX * sizeof(*params));
	uint64_t nonce = db_nonce();

	CHECK(auth != AUTH_MISSING && auth != AUTH_NONE);
	if (token == NULL)
		return AUTH_NO_TOKEN;
	params[0] = hash_param(arena, token);
	*step = (struct db_step) { &app_stmt, params, nonce };
	if (auth == AUTH_JOURNAL) {
		step->stmt = &journal_stmt;
		params[1] = db_nonce_param(arena, nonce);
		return AUTH_OK;
	}
	if (auth == AUTH_APP || !is_token(headers->session_token)) {
		/* The app token is refused before a missing session. */
		params[1] = db_text(scope);
		params[2] = db_nonce_param(arena, nonce);
		return auth == AUTH_APP ? AUTH_OK : AUTH_NO_SESSION;
	}
	step->stmt = &session_stmt;
	params[1] = hash_param(arena, headers->session_token);
	params[2] = db_text(scope);
	params[3] = db_text(headers->prop_account);
	params[4] = db_nonce_param(arena, nonce);
	return AUTH_OK;
}

struct db_step
auth_assume_step(struct arena *arena, const char *tenant, const char *principal)
{
	struct db_param *params = arena_alloc(arena, 3 * sizeof(*params));
	uint64_t nonce = db_nonce();

	params[0] = db_text(tenant);
	params[1] = db_text(principal);
	params[2] = db_nonce_param(arena, nonce);
	return (struct db_step) { &assume_stmt, params, nonce };
}

const char *
auth_token_name(enum auth auth)
{
	return auth == AUTH_JOURNAL ? "the API key of a journal" : "the app's access token";
}

const char *
auth_name(enum auth auth)
{
	switch (auth) {
	case AUTH_MISSING:
		return "missing";
	case AUTH_NONE:
		return "none";
	case AUTH_APP:
		return "app";
	case AUTH_APP_SESSION:
		return "app+session";
	case AUTH_JOURNAL:
		return "journal";
	}
	BUG("unknown credential %d", (int)auth);
}
