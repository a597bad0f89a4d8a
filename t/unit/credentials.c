/* Credentials by Stripe account: whose files are whose, and what becomes of a file that changes. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/log.h"
#include "t/lib/tap.h"

/* Files are looked at again each second. */
#define LOOK_MS 1100

static char dir[] = "/tmp/purser-credentials-XXXXXX";
static struct arena arena;

static const char *
path_of(const char *name)
{
	return arena_printf(&arena, "%s/%s", dir, name);
}

/* Replaced whole, as an editor does. */
static void
write_mode(const char *name, const char *text, mode_t mode)
{
	const char *path = path_of(name), *made = arena_printf(&arena, "%s.new", path);
	FILE *file = fopen(made, "w");

	CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
	CHECK(chmod(made, mode) == 0 && rename(made, path) == 0);
}

static void
write_secret(const char *name, const char *text)
{
	write_mode(name, text, 0600);
}

static struct conf conf;

static bool
load(const char **said)
{
	static char text[4096];
	FILE *errors = tmpfile();
	bool loaded;

	write_secret("purser.conf",
	    "stripe_secret_key_file = key\nprovider_token_file = token\n"
	    "stripe_accounts_dir = accounts\n");
	loaded = conf_load(&conf, path_of("purser.conf"), errors);
	rewind(errors);
	text[fread(text, 1, sizeof(text) - 1, errors)] = '\0';
	fclose(errors);
	*said = text;
	return loaded;
}

static const char *
key_of(const char *account)
{
	struct credentials credentials;

	credentials_get(conf.credentials, account, &credentials);
	return credentials.secret_key;
}

/* Stripe says whose each key is that is due: acct_ and the key's last letters. */
static void
confirm_all(void)
{
	struct credentials_check check;

	while (credentials_check_next(conf.credentials, &check)) {
		check.stripe_id =
		    arena_printf(&arena, "acct_%s", strrchr(check.secret_key, '_') + 1);
		ok(credentials_check_done(conf.credentials, &check, NULL, check.stripe_id, 60000),
		    "confirmed: the key of %s is news", check.account);
	}
}

static void
test_unconfirmed(void)
{
	struct credentials credentials;

	is_str(key_of("default"), NULL, "unconfirmed: a key of the setting is not used");
	is_str(key_of("acme"), NULL, "unconfirmed: a key of the directory is not used");
	credentials_get(conf.credentials, "acme", &credentials);
	is_str(credentials.mode, "test", "unconfirmed: the mode of a key is known");
	credentials_get(conf.credentials, "beta-2", &credentials);
	is_str(credentials.mode, NULL, "unconfirmed: an account without a key has no mode");
	is_str(credentials_keys(conf.credentials, &arena), "{}",
	    "unconfirmed: no account is listed");
	ok(strstr(credentials_modes(conf.credentials, &arena), "acme:test") != NULL,
	    "unconfirmed: the list of modes has its account: %s",
	    credentials_modes(conf.credentials, &arena));
	ok(credentials_any_key(conf.credentials), "unconfirmed: there is a key");
	ok(!credentials_any_confirmed(conf.credentials), "unconfirmed: there is none to use");
	ok(credentials_any_unknown(conf.credentials), "unconfirmed: whose a key is may come out");
	is_str(credentials_first_key(conf.credentials), "sk_test_default",
	    "unconfirmed: outcomes are proved by it");
}

static void
test_accounts(void)
{
	struct credentials credentials;

	is_str(key_of("default"), "sk_test_default", "accounts: the key of the setting");
	is_str(key_of("acme"), "sk_test_acme", "accounts: a key of the directory");
	is_str(key_of("beta-2"), NULL, "accounts: an account without a key has none");
	ok(credentials_get(conf.credentials, "beta-2", &credentials),
	    "accounts: any file makes it known");
	is_int((int64_t)credentials.webhook_secrets.count, 2, "accounts: two webhook secrets");
	is_str(credentials.webhook_secrets.value[1], "whsec_2", "accounts: the second one");
	is_str(credentials.provider_token, NULL,
	    "accounts: the setting's provider token is of default only");
	credentials_get(conf.credentials, "default", &credentials);
	is_str(credentials.provider_token, "provider_1", "accounts: default has the setting's");
	is_str(credentials.validator_token, NULL, "accounts: no token for the validator");
	ok(!credentials_get(conf.credentials, "nobody", &credentials),
	    "accounts: an unknown one is unknown");
	ok(!credentials_get(conf.credentials, NULL, &credentials), "accounts: no name is unknown");
	ok(!credentials_get(conf.credentials, "Acme", &credentials),
	    "accounts: names are lower case");
	ok(!credentials_get(conf.credentials, "gamma", &credentials),
	    "accounts: a file with another suffix is none of ours");
	ok(strstr(credentials_keys(conf.credentials, &arena), "acme:test:acct_acme") != NULL &&
		strstr(credentials_keys(conf.credentials, &arena), "default:test:acct_default") !=
		    NULL &&
		strstr(credentials_keys(conf.credentials, &arena), "beta") == NULL,
	    "accounts: those with a key, its mode and whose it is: %s",
	    credentials_keys(conf.credentials, &arena));
	is_str(credentials_providers(conf.credentials, &arena), "{default}",
	    "accounts: those with a provider's token");
	ok(credentials_any_confirmed(conf.credentials), "accounts: some have a confirmed key");
}

static void
test_roll(void)
{
	write_secret("key", "sk_test_rolled\n");
	write_secret("accounts/acme.secret_key", "sk_test_acme2\n");
	write_secret("accounts/late.secret_key", "sk_test_late\n");
	write_secret("accounts/beta-2.webhook_secrets", "whsec_2\nwhsec_3\nwhsec_4\n");
	clock_sleep_ms(LOOK_MS);
	is_str(key_of("default"), "sk_test_default", "roll: the old key is used until then");
	confirm_all();
	is_str(key_of("default"), "sk_test_rolled", "roll: the key of the setting is taken");
	is_str(key_of("acme"), "sk_test_acme2", "roll: a key of the directory is taken");
	is_str(key_of("late"), "sk_test_late", "roll: a new account is taken");
}

static void
test_broken(void)
{
	struct credentials credentials;

	write_secret("key", "");
	write_mode("accounts/acme.secret_key", "sk_test_open\n", 0644);
	write_secret("accounts/late.secret_key", "pk_test_late\n");
	CHECK(unlink(path_of("accounts/beta-2.webhook_secrets")) == 0);
	clock_sleep_ms(LOOK_MS);
	is_str(key_of("default"), "sk_test_rolled", "broken: an empty file keeps the last key");
	is_str(key_of("acme"), "sk_test_acme2", "broken: a file for others keeps the last key");
	is_str(key_of("late"), "sk_test_late", "broken: a publishable key keeps the last key");
	credentials_get(conf.credentials, "beta-2", &credentials);
	is_int((int64_t)credentials.webhook_secrets.count, 3,
	    "broken: a file that is gone keeps the last secrets");
	write_secret("accounts/late.secret_key", "sk_live_late\n");
	write_mode("accounts/acme.secret_key", "sk_test_acme3\n", 0640);
	clock_sleep_ms(LOOK_MS);
	confirm_all();
	is_str(key_of("late"), "sk_test_late", "broken: a live key after a test key is not taken");
	is_str(key_of("acme"), "sk_test_acme3", "broken: a mended file is taken");
}

/* The directory's file of `default` stands before the setting. */
static void
test_default_in_directory(void)
{
	write_secret("accounts/default.secret_key", "sk_test_directory\n");
	clock_sleep_ms(LOOK_MS);
	confirm_all();
	is_str(key_of("default"), "sk_test_directory", "default: its file in the directory counts");
}

/* The check that is due next, of the key `key`. */
static struct credentials_check
due(const char *key)
{
	struct credentials_check check = { 0 };

	ok(credentials_check_next(conf.credentials, &check), "refused: %s is checked", key);
	is_str(check.secret_key, key, "refused: it is that key");
	return check;
}

/* Records an outcome; the next check is due at once. */
static bool
judged(struct credentials_check check, const char *stripe_id, const char *wrong,
    const char *bound_id)
{
	check.stripe_id = stripe_id;
	return credentials_check_done(conf.credentials, &check, wrong, bound_id, 0);
}

static void
test_refused(void)
{
	struct credentials_check check, before;

	write_secret("accounts/acme.secret_key", "sk_test_foreign\n");
	clock_sleep_ms(LOOK_MS);
	before = due("sk_test_foreign");
	ok(judged(before, NULL, "no answer", NULL), "refused: an unknown outcome is news");
	check = due("sk_test_foreign");
	is_int(check.unknown, 1, "refused: unknown outcomes are counted");
	ok(!judged(check, NULL, "no answer", "acct_acme3"), "refused: the same one is no news");
	is_str(key_of("acme"), "sk_test_acme3", "refused: the last confirmed key is used");
	ok(judged(due("sk_test_foreign"), "acct_9", "another account", "acct_acme3"),
	    "refused: another outcome is news");
	is_str(key_of("acme"), "sk_test_acme3", "refused: the key of another account is not used");
	is_str(due("sk_test_foreign").stripe_id, "acct_9", "refused: whose it is stays known");

	ok(!judged(due("sk_test_foreign"), "acct_9", "another account", "acct_8"),
	    "refused: the name has another account");
	is_str(key_of("acme"), NULL, "refused: the key of the account of before is used no longer");
	ok(judged(due("sk_test_foreign"), "acct_9", NULL, "acct_9"),
	    "refused: now it is confirmed");
	is_str(key_of("acme"), "sk_test_foreign", "refused: it is used");
	ok(!judged(due("sk_test_foreign"), "acct_9", NULL, "acct_9"),
	    "refused: a second confirmation is no news");
	ok(judged(due("sk_test_foreign"), "acct_9", "no database", NULL),
	    "refused: the database does not answer");
	is_str(key_of("acme"), "sk_test_foreign", "refused: without its answer the key is used");
	ok(judged(due("sk_test_foreign"), "acct_9", "another account", "acct_7"),
	    "refused: the account of a used key is another one");
	is_str(key_of("acme"), NULL, "refused: a used key is used no longer");

	write_secret("accounts/acme.secret_key", "sk_test_next\n");
	clock_sleep_ms(LOOK_MS);
	check = due("sk_test_next");
	is_str(check.stripe_id, NULL, "refused: whose the next key is is not known");
	ok(!judged(before, "acct_9", NULL, "acct_9"), "refused: the outcome of an old key is late");
	is_str(key_of("acme"), NULL, "refused: a late outcome confirms nothing");
}

int
main(void)
{
	const char *said;

	arena_init(&arena);
	log_init("t", LOG_LEVEL_ERROR);
	CHECK(mkdtemp(dir) != NULL && mkdir(path_of("accounts"), 0700) == 0);
	write_secret("key", "sk_test_default\n");
	write_secret("token", "provider_1\n");
	write_secret("accounts/acme.secret_key", "sk_test_acme\n");
	write_secret("accounts/beta-2.webhook_secrets", "whsec_1\n\nwhsec_2\n");
	write_secret("accounts/gamma.secret_key~", "sk_test_gamma\n");
	write_secret("accounts/Delta.secret_key", "sk_test_delta\n");
	write_secret("accounts/broken.secret_key", "two\nlines\n");
	ok(load(&said), "accounts: a broken file of one account stops no program");
	ok(strstr(said, "broken.secret_key: the file has more than one line\n") != NULL,
	    "accounts: a broken file is named at the start");
	test_unconfirmed();
	confirm_all();
	test_accounts();
	test_roll();
	test_broken();
	test_default_in_directory();
	test_refused();
	arena_release(&conf.memory);
	CHECK(system(arena_printf(&arena, "rm -r %s", dir)) == 0);
	arena_release(&arena);
	return done();
}
