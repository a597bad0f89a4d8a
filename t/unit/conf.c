/* Protects: a configuration is read as documented, or refused with what to do about it. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/limits.h"
#include "t/lib/tap.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static struct arena arena;
static char directory[] = "/tmp/purser-conf-XXXXXX";
static const char *conf_path;

static const char *
write_file(const char *name, const char *contents, mode_t mode)
{
	const char *path = arena_printf(&arena, "%s/%s", directory, name);
	FILE *file = fopen(path, "w");

	fputs(contents, file);
	fclose(file);
	chmod(path, mode);
	return path;
}

/* Loads the text; what it prints is in *said, with the directory's name cut out. */
static bool
load(struct conf *conf, const char *text, const char **said)
{
	size_t size, skip = strlen(directory) + 1;
	struct buf clean;
	char *printed;
	FILE *errors = open_memstream(&printed, &size);
	bool loaded;

	conf_path = write_file("purser.conf", text, 0644);
	loaded = conf_load(conf, conf_path, errors);
	fclose(errors);
	buf_init(&clean, &arena, 10000);
	for (const char *at = printed; *at != '\0';) {
		if (strncmp(at, directory, skip - 1) == 0)
			at += skip;
		else
			buf_char(&clean, *at++);
	}
	free(printed);
	*said = clean.data;
	return loaded;
}

/* clang-format off */
static const struct refused_case {
	const char *name, *text, *said;
} refused_cases[] = {
	{ "unknown key with a near one", "\n\nsripe_api_base = https://x\n",
	  "purser.conf:3: unknown key \"sripe_api_base\" (did you mean \"stripe_api_base\"?)\n" },
	{ "key of a secret without _file", "stripe_secret_key = sk_live_1\n",
	  "purser.conf:1: unknown key \"stripe_secret_key\" (did you mean "
	  "\"stripe_secret_key_file\"?)\n" },
	{ "unknown key with none near", "colour = red\n",
	  "purser.conf:1: unknown key \"colour\"\n" },
	{ "upper case", "THREADS = 1\n", "purser.conf:1: unknown key \"THREADS\"\n" },
	{ "no key", " = 1\n", "purser.conf:1: unknown key \"\"\n" },
	{ "key set twice", "threads = 64\n# x\nthreads = 64\n",
	  "purser.conf:3: \"threads\" is set twice (first on line 1)\n" },
	{ "no equals sign", "threads 64\n", "purser.conf:1: not \"key = value\"\n" },
	{ "no number", "threads = many\n",
	  "purser.conf:1: threads: \"many\" is not a whole number from 1 to 4096\n" },
	{ "number with a unit", "database_timeout_ms = 5s\n",
	  "purser.conf:1: database_timeout_ms: \"5s\" is not a whole number from 1 to 600000\n" },
	{ "number too small", "threads = 0\n",
	  "purser.conf:1: threads: \"0\" is not a whole number from 1 to 4096\n" },
	{ "number too large", "backfill_days = 31\n",
	  "purser.conf:1: backfill_days: \"31\" is not a whole number from 1 to 30\n" },
	{ "no value", "threads =\n",
	  "purser.conf:1: threads: \"\" is not a whole number from 1 to 4096\n" },
	{ "no boolean", "sandbox = true\n",
	  "purser.conf:1: sandbox: \"true\" is neither yes nor no\n" },
	{ "no level", "log_level = verbose\n",
	  "purser.conf:1: log_level: \"verbose\" is none of debug, info, warn and error\n" },
	{ "empty text", "socket_dir =\n", "purser.conf:1: socket_dir: must not be empty\n" },
	{ "long text",
	    "instance = 12345678901234567890123456789012345678901234567890123456789012345\n",
	  "purser.conf:1: instance: is longer than 64 bytes\n" },
	{ "control character", "instance = a\x1b[2J\n",
	  "purser.conf:1: instance: holds a control character\n" },
	{ "several mistakes, one line each", "a = 1\nthreads = x\n",
	  "purser.conf:1: unknown key \"a\"\n"
	  "purser.conf:2: threads: \"x\" is not a whole number from 1 to 4096\n" },
	{ "a country in small letters", "stripe_platform_country = us\n",
	  "purser.conf:1: stripe_platform_country: two capital letters, such as US\n" },
	{ "no Stripe at all", "stripe_api_base =\n",
	  "purser.conf:1: stripe_api_base: must not be empty\n" },
	{ "a provider without token or validator", "provider_base = https://provider.example\n",
	  "purser.conf:1: provider_base: needs provider_token_file\n"
	  "purser.conf:1: provider_base: needs validator_base, where lost answers are looked "
	  "up\n" },
	{ "no scheme", "provider_base = provider.example\n",
	  "purser.conf:1: provider_base: \"provider.example\" does not start with https://\n" },
	{ "no host", "provider_base = https:///x\n",
	  "purser.conf:1: provider_base: \"https:///x\" is not a plain address\n" },
	{ "a user in an address",
	    "sandbox = yes\nprovider_base = http://127.0.0.1:80@evil.example\n",
	  "purser.conf:2: provider_base: \"http://127.0.0.1:80@evil.example\" is not a plain "
	  "address\n" },
	{ "a query in an address", "provider_base = https://x/?a=1\n",
	  "purser.conf:1: provider_base: \"https://x/?a=1\" is not a plain address\n" },
	{ "a space in an address", "provider_base = https://x y\n",
	  "purser.conf:1: provider_base: \"https://x y\" is not a plain address\n" },
	{ "one attempt longer than all", "stripe_timeout_ms = 9000\nstripe_deadline_ms = 8999\n",
	  "purser.conf:1: stripe_timeout_ms: 9000 is more than stripe_deadline_ms (8999)\n" },
	{ "a default against a setting", "provider_settle_ms = 1000\n",
	  "purser.conf: provider_timeout_ms: 30000 is not less than provider_settle_ms (1000)\n" },
	{ "a call as long as the time in which it settles",
	    "provider_timeout_ms = 9000\nprovider_settle_ms = 9000\n",
	  "purser.conf:1: provider_timeout_ms: 9000 is not less than provider_settle_ms (9000)\n" },
	{ "publishable key", "stripe_secret_key_file = publishable.key\n",
	  "purser.conf:1: stripe_secret_key_file: the file holds a publishable key (pk_...), which "
	  "is not secret; put the secret key (sk_...) or a restricted one (rk_...) there\n" },
	{ "webhook secret as the key", "stripe_secret_key_file = signing.key\n",
	  "purser.conf:1: stripe_secret_key_file: the file holds the signing secret of a webhook "
	  "(whsec_...); put the secret key (sk_...) or a restricted one (rk_...) there\n" },
	{ "key of neither mode", "stripe_secret_key_file = modeless.key\n",
	  "purser.conf:1: stripe_secret_key_file: the file holds no key that begins with sk_live_, "
	  "sk_test_, rk_live_ or rk_test_\n" },
	{ "key as the webhook secret", "stripe_webhook_secret_file = live.key\n",
	  "purser.conf:1: stripe_webhook_secret_file: the file has a line that does not begin with "
	  "whsec_, as the signing secret of an endpoint does\n" },
	{ "secret file missing, its name untold", "stripe_secret_key_file = sk_live_secret\n",
	  "purser.conf:1: stripe_secret_key_file: the file: No such file or directory\n" },
	{ "secret file is a directory", "stripe_secret_key_file = .\n",
	  "purser.conf:1: stripe_secret_key_file: the file: Is a directory\n" },
	{ "secret file for others", "stripe_secret_key_file = open.key\n",
	  "purser.conf:1: stripe_secret_key_file: other users may access this file of a secret; "
	  "run: chmod o-rwx open.key\n" },
	{ "secret file that others may write", "stripe_secret_key_file = written.key\n",
	  "purser.conf:1: stripe_secret_key_file: other users may access this file of a secret; "
	  "run: chmod o-rwx written.key\n" },
	{ "secret file empty", "stripe_secret_key_file = empty.key\n",
	  "purser.conf:1: stripe_secret_key_file: the file is empty\n" },
	{ "secret file with two lines", "stripe_secret_key_file = two.key\n",
	  "purser.conf:1: stripe_secret_key_file: the file has more than one line\n" },
	{ "secret file from another system", "stripe_secret_key_file = crlf.key\n",
	  "purser.conf:1: stripe_secret_key_file: the file has a line with a space, "
	  "a control character or too many bytes\n" },
	{ "secret file with nine lines", "stripe_webhook_secret_file = nine.key\n",
	  "purser.conf:1: stripe_webhook_secret_file: the file has too many lines\n" },
	{ "secret file that is huge", "stripe_webhook_secret_file = huge.key\n",
	  "purser.conf:1: stripe_webhook_secret_file: the file has a NUL byte or is too large for "
	  "a file of secrets\n" },
	{ "a live key in the clear",
	  "sandbox = yes\nstripe_api_base = http://127.0.0.1:9\nstripe_secret_key_file = "
	  "live.key\n",
	  "live.key: a key other than sk_test_... is sent over https:// only\n" },
	{ "a directory of accounts that is none", "stripe_accounts_dir = test.key\n",
	  "purser.conf: stripe_accounts_dir: the directory: Not a directory\n" },
};

static const struct address_case {
	const char *url;
	bool sandbox, good;
} address_cases[] = {
	{ "https://provider.example", false, true },
	{ "https://127.0.0.1", false, true },
	{ "http://provider.example", false, false },
	{ "http://127.0.0.1", false, false },
	{ "http://127.0.0.1", true, true },
	{ "http://127.0.0.1:8080/base", true, true },
	{ "http://127.255.255.254:1", true, true },
	{ "http://localhost:8080", true, true },
	{ "http://[::1]:8080", true, true },
	{ "http://provider.example", true, false },
	{ "http://127.0.0.1.example", true, false },
	{ "http://127.1", true, false },
	{ "http://128.0.0.1", true, false },
	{ "http://0.0.0.0", true, false },
	{ "http://localhost.example", true, false },
	{ "http://[::2]", true, false },
	{ "http://[::1", true, false },
	{ "http://[::1].example", true, false },
	{ "http://localhost]", true, false },
	{ "http://10.0.0.1/127.0.0.1", true, false },
	{ "HTTPS://provider.example", false, false },
	{ "ftp://127.0.0.1", true, false },
};
/* clang-format on */

static void
write_secrets(void)
{
	char huge[9001];

	memset(huge, 'x', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	write_file("open.key", "sk_test_1\n", 0604);
	write_file("written.key", "sk_test_1\n", 0602);
	write_file("empty.key", "\n", 0600);
	write_file("two.key", "a\nb\n", 0600);
	write_file("crlf.key", "a\r\n", 0600);
	write_file("nine.key", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", 0600);
	write_file("eight.key",
	    "whsec_1\nwhsec_2\n\nwhsec_3\nwhsec_4\nwhsec_5\nwhsec_6\nwhsec_7\nwhsec_8", 0640);
	write_file("huge.key", huge, 0600);
	write_file("test.key", "sk_test_1\n", 0600);
	write_file("live.key", "sk_live_1", 0440);
	write_file("publishable.key", "pk_live_1\n", 0600);
	write_file("signing.key", "whsec_1\n", 0600);
	write_file("modeless.key", "sk_1\n", 0600);
}

static void
test_refused(const struct refused_case *c)
{
	const char *said;
	struct conf conf;

	ok(!load(&conf, c->text, &said), "%s: refused", c->name);
	is_str(said, c->said, "%s: says so", c->name);
	arena_release(&conf.memory);
}

static void
test_address(const struct address_case *c)
{
	static const char *const keys[] = { "stripe_api_base", "provider_base", "validator_base" };
	const char *said;
	struct conf conf;

	for (size_t i = 0; i < LENGTH(keys); i++) {
		/* what a provider_base needs beside it */
		const char *more = i == 1 ? "provider_token_file = test.key\n"
					    "validator_base = https://v.example\n" :
					    "";
		const char *text = arena_printf(&arena, "sandbox = %s\n%s = %s\n%s",
		    c->sandbox ? "yes" : "no", keys[i], c->url, more);

		ok(load(&conf, text, &said) == c->good, "%s = %s is %s%s", keys[i], c->url,
		    c->good ? "taken" : "refused", c->sandbox ? " in the sandbox" : "");
		arena_release(&conf.memory);
	}
}

static void
test_renamed(void)
{
	const char *said;
	struct conf conf;

	ok(load(&conf, "threads_outside = 7\njobs_doorbell = /run/old\n", &said),
	    "settings with the names of before are taken");
	is_int(conf.threads_upstream, 7, "threads_outside sets threads_upstream");
	is_str(conf.jobs_socket, "/run/old", "jobs_doorbell sets jobs_socket");
	ok(strstr(said,
	       "purser.conf:1: notice: \"threads_outside\" is now called \"threads_upstream\", "
	       "rename it") != NULL,
	    "a notice names the new name of a setting and the line");
	arena_release(&conf.memory);
	ok(!load(&conf, "threads_outside = 7\nthreads_upstream = 8\n", &said),
	    "a setting that is set under both names is refused");
	arena_release(&conf.memory);
}

static void
test_taken(void)
{
	const char *said;
	struct credentials credentials;
	struct conf conf;

	ok(load(&conf,
	       "# a comment\n"
	       "\t # another = one\n"
	       "instance=blue # and one behind a value\r\n"
	       "  database\t=  host=/run/x dbname='a#b'  \n"
	       "threads = 128\n"
	       "sandbox = yes\n"
	       "stripe_api_base = http://127.0.0.1:8080//\n"
	       "stripe_secret_key_file = test.key\n"
	       "stripe_webhook_secret_file = eight.key\n"
	       "provider_token_file = \n"
	       "stripe_platform_country = DE",
	       &said),
	    "a configuration is taken");
	is_str(said, "", "a configuration that is taken prints nothing");
	is_str(conf.instance, "blue", "comment behind a value");
	is_str(conf.database, "host=/run/x dbname='a#b'", "equals signs and # in a value");
	is_int(conf.threads, 128, "an integer is read");
	ok(conf.sandbox, "a boolean is read");
	is_str(conf.stripe_api_base, "http://127.0.0.1:8080", "slashes at the end are cut");
	ok(credentials_get(conf.credentials, "default", &credentials),
	    "the account default is known");
	is_str(credentials_first_key(conf.credentials), "sk_test_1",
	    "secret, relative to the configuration");
	is_int((int64_t)credentials.webhook_secrets.count, 8, "eight secrets");
	is_str(credentials.webhook_secrets.value[0], "whsec_1", "the first of eight secrets");
	is_str(credentials.webhook_secrets.value[7], "whsec_8",
	    "the last of eight secrets, without a line break");
	is_str(credentials.provider_token, NULL, "empty name of a secret file");
	is_str(conf.stripe_platform_country, "DE", "last line");
	is_str(conf.log_level, "info", "what is not set has its default");
	arena_release(&conf.memory);
}

static void
test_nul_and_missing(void)
{
	const char *path = write_file("nul.conf", "threads = 1", 0644);
	FILE *file = fopen(path, "a"), *errors = tmpfile();
	char said[2 * PATH_MAX] = "";
	struct conf conf;

	fwrite("\0 2\n", 1, 4, file);
	fclose(file);
	ok(!conf_load(&conf, path, errors), "a NUL byte is refused");
	arena_release(&conf.memory);
	ok(!conf_load(&conf, "/nowhere/purser.conf", errors), "no file is refused");
	arena_release(&conf.memory);
	rewind(errors);
	ok(fread(said, 1, sizeof said - 1, errors) > 0,
	    "a NUL byte and a missing file print errors");
	ok(strstr(said, "nul.conf:1: holds a NUL byte\n") != NULL,
	    "the error about a NUL byte has file and line");
	ok(strstr(said, "/nowhere/purser.conf: No such file or directory\n") != NULL,
	    "the error about a missing file has its name");
	fclose(errors);
}

/* The documented defaults. */
static void
test_defaults(void)
{
	char host[LIMIT_INSTANCE_BYTES + 1];
	const char *said;
	struct conf conf;

	ok(load(&conf, "", &said), "an empty file is a configuration");
	ok(gethostname(host, sizeof host) == 0, "the host has a name");
	is_str(conf.instance, host, "the default of instance is the host's name");
	is_str(conf.database, "dbname=purser", "the default of database");
	is_int(conf.database_connections, 8, "the default of database_connections");
	is_int(conf.database_timeout_ms, 5000, "the default of database_timeout_ms");
	is_str(conf.socket_dir, "/run/purser", "the default of socket_dir");
	is_int(conf.socket_backlog, 4096, "the default of socket_backlog");
	is_int(conf.threads, 128, "the default of threads");
	is_int(conf.threads_upstream, 64, "the default of threads_upstream");
	is_int(conf.nginx_connections, 32, "the default of nginx_connections");
	is_str(conf.stripe_api_base, "https://api.stripe.com", "the default of stripe_api_base");
	is_str(conf.stripe_secret_key_file, NULL, "the default of stripe_secret_key_file");
	is_str(conf.stripe_webhook_secret_file, NULL, "the default of stripe_webhook_secret_file");
	is_str(conf.stripe_accounts_dir, "", "the default of stripe_accounts_dir");
	is_int(conf.stripe_timeout_ms, 8000, "the default of stripe_timeout_ms");
	is_int(conf.stripe_deadline_ms, 20000, "the default of stripe_deadline_ms");
	is_str(conf.provider_base, NULL, "the default of provider_base");
	is_int(conf.provider_timeout_ms, 30000, "the default of provider_timeout_ms");
	is_int(conf.provider_settle_ms, 60000, "the default of provider_settle_ms");
	is_int(conf.provider_attempts, 8, "the default of provider_attempts");
	is_str(conf.validator_base, NULL, "the default of validator_base");
	is_int(conf.validator_timeout_ms, 30000, "the default of validator_timeout_ms");
	is_int(conf.validator_request_timeout_ms, 2000,
	    "the default of validator_request_timeout_ms");
	is_str(conf.jobs_socket, "/run/purser/jobs.sock", "the default of jobs_socket");
	is_int(conf.jobs_poll_ms, 500, "the default of jobs_poll_ms");
	is_int(conf.reconcile_after_s, 60, "the default of reconcile_after_s");
	is_int(conf.backfill_interval_s, 300, "the default of backfill_interval_s");
	is_int(conf.backfill_days, 30, "the default of backfill_days");
	ok(!conf.sandbox, "the default of sandbox");
	arena_release(&conf.memory);
}

/* What conf/purser.conf says of every setting, in the table's order. */
static void
expect_settings(struct buf *text)
{
	const struct conf_setting *setting;

	for (size_t i = 0; (setting = conf_setting_at(i)) != NULL; i++)
		buf_printf(text, "# %s\n#%s =%s%s\n\n", setting->purpose, setting->key,
		    setting->fallback[0] == '\0' ? "" : " ", setting->fallback);
}

static void
test_shipped(void)
{
	const char *source = getenv("srcdir");
	const char *path = arena_printf(&arena, "%s/conf/purser.conf", source ? source : ".");
	FILE *file = fopen(path, "r");
	struct buf text, want;
	struct conf conf;
	char line[1024];
	bool settings = false;

	if (!ok(file != NULL, "conf/purser.conf is there"))
		return;
	buf_init(&text, &arena, 100000);
	buf_init(&want, &arena, 100000);
	/* The head of the file, up to the first empty line, is free text. */
	while (fgets(line, sizeof line, file) != NULL) {
		if (settings)
			buf_str(&text, line);
		settings = settings || strcmp(line, "\n") == 0;
	}
	fclose(file);
	buf_char(&text, '\n');
	expect_settings(&want);
	is_str(text.data, want.data, "conf/purser.conf documents every setting and no other");
	ok(conf_load(&conf, path, stderr), "conf/purser.conf is a valid configuration");
	arena_release(&conf.memory);
}

static void
remove_directory(void)
{
	DIR *all = opendir(directory);
	struct dirent *entry;

	while ((entry = readdir(all)) != NULL)
		unlinkat(dirfd(all), entry->d_name, 0);
	closedir(all);
	rmdir(directory);
}

int
main(void)
{
	arena_init(&arena);
	if (mkdtemp(directory) == NULL)
		return 1;
	write_secrets();
	test_defaults();
	test_taken();
	test_renamed();
	for (size_t i = 0; i < LENGTH(refused_cases); i++)
		test_refused(&refused_cases[i]);
	for (size_t i = 0; i < LENGTH(address_cases); i++)
		test_address(&address_cases[i]);
	test_nul_and_missing();
	test_shipped();
	remove_directory();
	arena_release(&arena);
	return done();
}
