/* The table of settings, and the reader of the configuration file. */
#include "core/base/conf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/bug.h"
#include "core/base/conf_value.h"
#include "core/base/credentials.h"
#include "core/base/limits.h"
#include "core/base/notify.h"

#define MS_MAX (10 * 60 * 1000)
#define COUNT_MAX 4096
#define TEXT_MAX 1024

struct row {
	struct conf_setting setting;
	enum conf_type type;
	size_t offset;    /* of the member of struct conf */
	int64_t min, max; /* of an integer; bytes of a text */
};

#define MEMBER(name) offsetof(struct conf, name)

/* clang-format off */
static const struct row rows[] = {
	{ { "instance", "",
	    "Name of this process, unique for its program; unset: the host's.  Leases carry it." },
	  CONF_TEXT, MEMBER(instance), 0, LIMIT_INSTANCE_BYTES },
	{ { "database", "dbname=purser",
	    "Connection string of libpq, best with a passfile; the role must own nothing." },
	  CONF_TEXT, MEMBER(database), 0, TEXT_MAX },
	{ { "database_connections", "8",
	    "Connections of one process; more than PostgreSQL has processors gain nothing." },
	  CONF_INT, MEMBER(database_connections), 1, COUNT_MAX },
	{ { "database_timeout_ms", "5000",
	    "Time for one statement (a file: 4 times), half of it for a lock; then 503 to retry." },
	  CONF_INT, MEMBER(database_timeout_ms), 1, MS_MAX },
	{ { "socket_dir", "/run/purser",
	    "Directory of the sockets to which nginx talks." },
	  CONF_TEXT, MEMBER(socket_dir), 1, 80 },
	{ { "socket_backlog", "4096",
	    "Connections that may wait for a thread; at most net.core.somaxconn of the kernel." },
	  CONF_INT, MEMBER(socket_backlog), 1, 65535 },
	{ { "threads", "128",
	    "Threads for routes that only use the database; each serves one request." },
	  CONF_INT, MEMBER(threads), 1, COUNT_MAX },
	{ { "threads_upstream", "64",
	    "Threads for routes that also call Stripe or another upstream service." },
	  CONF_INT, MEMBER(threads_upstream), 1, COUNT_MAX },
	{ { "nginx_connections", "32",
	    "Connections nginx keeps: worker_processes x keepalive; at most threads / 4." },
	  CONF_INT, MEMBER(nginx_connections), 1, COUNT_MAX },
	{ { "log_level", "info",
	    "Lowest level that is logged: debug, info, warn or error." },
	  CONF_LOG_LEVEL, MEMBER(log_level), 0, 0 },

	{ { "stripe_api_base", "https://api.stripe.com",
	    "Address of Stripe's API, in the sandbox of its double." },
	  CONF_URL, MEMBER(stripe_api_base), 1, TEXT_MAX },
	{ { "stripe_secret_key_file", "",
	    "File with the secret key (sk_...); without it Stripe is never called." },
	  CONF_SECRET, MEMBER(stripe_secret_key_file), 0, 0 },
	{ { "stripe_timeout_ms", "8000",
	    "Time for one attempt of a call to Stripe." },
	  CONF_INT, MEMBER(stripe_timeout_ms), 1, MS_MAX },
	{ { "stripe_deadline_ms", "20000",
	    "Time for all attempts of a call to Stripe while a client waits." },
	  CONF_INT, MEMBER(stripe_deadline_ms), 1, MS_MAX },
	{ { "stripe_platform_country", "US",
	    "Country of the platform's Stripe account; payees of other countries are recipients." },
	  CONF_TEXT, MEMBER(stripe_platform_country), 2, 2 },
	{ { "stripe_webhook_secret_file", "",
	    "File with the signing secrets (whsec_...) of Stripe's events, one per line." },
	  CONF_SECRETS, MEMBER(stripe_webhook_secret_file), 0, 0 },
	{ { "stripe_accounts_dir", "",
	    "Directory with the files of secrets of more Stripe accounts than one." },
	  CONF_TEXT, MEMBER(stripe_accounts_dir), 0, TEXT_MAX },

	{ { "provider_base", "",
	    "Address of the account provider; without it accounts stay in provisioning." },
	  CONF_URL, MEMBER(provider_base), 0, TEXT_MAX },
	{ { "provider_token_file", "",
	    "File with the bearer token for the account provider." },
	  CONF_SECRET, MEMBER(provider_token_file), 0, 0 },
	{ { "provider_timeout_ms", "30000",
	    "Time for one call to the account provider." },
	  CONF_INT, MEMBER(provider_timeout_ms), 1, MS_MAX },
	{ { "provider_settle_ms", "60000",
	    "Time after which a call without an answer has ended at the provider, too." },
	  CONF_INT, MEMBER(provider_settle_ms), 1, MS_MAX },
	{ { "provider_attempts", "8",
	    "Attempts to make a subaccount before the account is subaccount_failed." },
	  CONF_INT, MEMBER(provider_attempts), 1, 1000 },
	{ { "validator_base", "",
	    "Address of the validator; without it accounts keep their last known status." },
	  CONF_URL, MEMBER(validator_base), 0, TEXT_MAX },
	{ { "validator_token_file", "",
	    "File with the bearer token for the validator, if it requires one." },
	  CONF_SECRET, MEMBER(validator_token_file), 0, 0 },
	{ { "validator_timeout_ms", "30000",
	    "Time for one call to the validator by purser-jobs; a payee is read meanwhile." },
	  CONF_INT, MEMBER(validator_timeout_ms), 1, MS_MAX },
	{ { "validator_request_timeout_ms", "2000",
	    "Time for one call to the validator while a client waits; a payee is read meanwhile." },
	  CONF_INT, MEMBER(validator_request_timeout_ms), 1, MS_MAX },

	{ { "jobs_socket", "/run/purser/jobs.sock",
	    "Datagram socket on which the other programs wake purser-jobs." },
	  CONF_TEXT, MEMBER(jobs_socket), 1, 100 },
	{ { "jobs_poll_ms", "500",
	    "How often purser-jobs looks for work when no program wakes it." },
	  CONF_INT, MEMBER(jobs_poll_ms), 1, MS_MAX },
	{ { "reconcile_after_s", "60",
	    "Age at which a payment without an event is looked up at Stripe." },
	  CONF_INT, MEMBER(reconcile_after_s), 1, 30 * 86400 },
	{ { "checkout_cancel_after_s", "604800",
	    "Age at which the PaymentIntent of an unpaid checkout is canceled; 0 = never." },
	  CONF_INT, MEMBER(checkout_cancel_after_s), 0, 30 * 86400 },
	{ { "backfill_interval_s", "300",
	    "How often Stripe's event list is read for lost events; at most 600 counts." },
	  CONF_INT, MEMBER(backfill_interval_s), 1, 30 * 86400 },
	{ { "reconciliation_interval_s", "300",
	    "How often Stripe's balance transactions are read." },
	  CONF_INT, MEMBER(reconciliation_interval_s), 1, 86400 },
	{ { "backfill_days", "30",
	    "How far back the event list is read; Stripe keeps 30 days." },
	  CONF_INT, MEMBER(backfill_days), 1, 30 },

	{ { "webhook_timeout_ms", "15000",
	    "Time in which a receiver of webhooks must answer." },
	  CONF_INT, MEMBER(webhook_timeout_ms), 1, 60000 },
	{ { "webhook_connections", "256",
	    "Webhooks that are sent at a time; each takes some 40 KiB of memory, with TLS 100." },
	  CONF_INT, MEMBER(webhook_connections), 1, COUNT_MAX },

	{ { "sandbox", "no",
	    "yes allows http:// to doubles on a loopback address; never on a live system." },
	  CONF_BOOL, MEMBER(sandbox), 0, 0 },
};
/* clang-format on */

#define ROWS (sizeof rows / sizeof *rows)

/* Former names of settings: still read, with a notice. */
static const struct {
	const char *was, *now;
} renamed[] = {
	{ "threads_outside", "threads_upstream" },
	{ "jobs_doorbell", "jobs_socket" },
};

struct loader {
	struct conf *conf;
	const char *path;
	FILE *errors;
	int line;         /* being read */
	int set_on[ROWS]; /* line that set the row; 0 = the default holds */
	bool failed;
};

const struct conf_setting *
conf_setting_at(size_t i)
{
	return i < ROWS ? &rows[i].setting : NULL;
}

/* line 0 = about the file as a whole. */
__attribute__((format(printf, 3, 4))) static void
fail(struct loader *loader, int line, const char *format, ...)
{
	va_list args;

	loader->failed = true;
	if (line > 0)
		fprintf(loader->errors, "%s:%d: ", loader->path, line);
	else
		fprintf(loader->errors, "%s: ", loader->path);
	va_start(args, format);
	vfprintf(loader->errors, format, args);
	va_end(args);
	fputc('\n', loader->errors);
}

/* --- one line ------------------------------------------------------------- */

/* Levenshtein distance: characters to insert, delete or replace to get from a to b. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[64], len = strlen(b);

	CHECK(len < sizeof row / sizeof *row);
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0]++;

		for (size_t j = 1; j <= len; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[len];
}

/* Settings that are elsewhere now: a line of a former version says where. */
static const struct {
	const char *key;
	const char *place;
} moved[] = {
	{ "cors_origins", "$purser_cors_origins in nginx's site.conf" },
};

static bool
fail_moved(struct loader *loader, const char *key)
{
	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		if (strcmp(key, moved[i].key) == 0) {
			fail(loader, loader->line, "\"%s\" is now %s", key, moved[i].place);
			return true;
		}
	}
	return false;
}

/* Records an unknown key, with the most similar known one. */
static void
fail_unknown(struct loader *loader, const char *key)
{
	const char *nearest = NULL;
	size_t least = strlen(key) / 3 + 1;

	for (size_t i = 0; i < ROWS; i++) {
		size_t d = distance(key, rows[i].setting.key);

		if (d < least) {
			least = d;
			nearest = rows[i].setting.key;
		}
	}
	if (nearest == NULL)
		fail(loader, loader->line, "unknown key \"%s\"", key);
	else
		fail(loader, loader->line, "unknown key \"%s\" (did you mean \"%s\"?)", key,
		    nearest);
}

/* What is no key of its kind would only fail at the first call, or the first event. */
static const char *
check_secrets(const struct row *row, const struct conf_value *wanted, const char *value)
{
	struct conf_secrets secrets = { 0 };
	const char *wrong;
	char *secret = NULL;

	if (row->type == CONF_SECRET) {
		wrong = conf_value_read(wanted, value, &secret);
		return wrong != NULL || secret == NULL ||
			row->offset != MEMBER(stripe_secret_key_file) ?
		    wrong :
		    conf_stripe_key_mistake(secret);
	}
	wrong = conf_value_read(wanted, value, &secrets);
	for (size_t i = 0; i < secrets.count && wrong == NULL; i++)
		wrong = conf_webhook_secret_mistake(secrets.value[i]);
	return wrong;
}

/* Of a file of secrets the path is kept; the contents are only checked here. */
static const char *
set_value(struct loader *loader, const struct row *row, const char *value)
{
	struct conf_value wanted = {
		.memory = &loader->conf->memory,
		.conf_path = loader->path,
		.type = row->type,
		.min = row->min,
		.max = row->max,
	};
	void *member = (char *)loader->conf + row->offset;

	if (row->type != CONF_SECRET && row->type != CONF_SECRETS)
		return conf_value_read(&wanted, value, member);
	*(char **)member = *value == '\0' ? NULL : arena_strdup(&loader->conf->memory, value);
	return check_secrets(row, &wanted, value);
}

/* The present name of a setting that may be given by a former one. */
static const char *
key_now(const struct loader *loader, const char *key)
{
	for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++) {
		if (strcmp(key, renamed[i].was) != 0)
			continue;
		fprintf(loader->errors, "%s:%d: notice: \"%s\" is now called \"%s\", rename it\n",
		    loader->path, loader->line, key, renamed[i].now);
		return renamed[i].now;
	}
	return key;
}

/* Sets one setting from a line; records a mistake otherwise. */
static void
read_pair(struct loader *loader, const char *key, const char *value)
{
	const char *wrong;

	key = key_now(loader, key);
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(key, rows[i].setting.key) != 0)
			continue;
		if (loader->set_on[i] != 0) {
			fail(loader, loader->line, "\"%s\" is set twice (first on line %d)", key,
			    loader->set_on[i]);
			return;
		}
		loader->set_on[i] = loader->line;
		wrong = set_value(loader, &rows[i], value);
		if (wrong != NULL)
			fail(loader, loader->line, "%s: %s", key, wrong);
		return;
	}
	if (!fail_moved(loader, key))
		fail_unknown(loader, key);
}

/* Cuts the white space off both ends, in place. */
static char *
trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	text[len] = '\0';
	return text;
}

static void
cut_comment(char *line)
{
	for (char *c = line; *c != '\0'; c++) {
		if (*c == '#' && (c == line || c[-1] == ' ' || c[-1] == '\t')) {
			*c = '\0';
			return;
		}
	}
}

static void
read_line(struct loader *loader, char *line)
{
	char *equals;

	cut_comment(line);
	line = trim(line);
	if (*line == '\0')
		return;
	equals = strchr(line, '=');
	if (equals == NULL) {
		fail(loader, loader->line, "not \"key = value\"");
		return;
	}
	*equals = '\0';
	read_pair(loader, trim(line), trim(equals + 1));
}

static void
read_file(struct loader *loader)
{
	FILE *file = fopen(loader->path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (file == NULL) {
		fail(loader, 0, "%s", strerror(errno));
		return;
	}
	while ((len = getline(&line, &size, file)) >= 0) {
		loader->line++;
		if (strlen(line) != (size_t)len)
			fail(loader, loader->line, "holds a NUL byte");
		else
			read_line(loader, line);
	}
	if (ferror(file))
		fail(loader, 0, "%s", strerror(errno));
	free(line);
	fclose(file);
}

/* --- the settings together ------------------------------------------------ */

/* Line of a setting for a message: where it was set, 0 for a default. */
static int
line_of(const struct loader *loader, const char *key)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].setting.key, key) == 0)
			return loader->set_on[i];
	}
	BUG("no setting %s", key);
}

/* One setting may not exceed another. */
static void
check_at_most(struct loader *loader, const char *key, int64_t value, const char *other,
    int64_t most)
{
	if (value > most)
		fail(loader, line_of(loader, key), "%s: %" PRId64 " is more than %s (%" PRId64 ")",
		    key, value, other, most);
}

/* Secrets and money travel over https:// only, but to loopback doubles in the sandbox. */
static void
check_urls(struct loader *loader)
{
	struct conf *conf = loader->conf;

	for (size_t i = 0; i < ROWS; i++) {
		char *const *url = (void *)((char *)conf + rows[i].offset);

		if (rows[i].type == CONF_URL && *url != NULL && !conf_url_is_https(*url) &&
		    !(conf->sandbox && conf_url_is_loopback(*url)))
			fail(loader, loader->set_on[i],
			    "%s: must be https:// (http:// only to a loopback address "
			    "with sandbox = yes)",
			    rows[i].setting.key);
	}
}

/* Without token and validator every account would use up its attempts and fail. */
static void
check_provider(struct loader *loader)
{
	const struct conf *conf = loader->conf;

	if (conf->provider_base == NULL)
		return;
	if (conf->provider_token_file == NULL && *conf->stripe_accounts_dir == '\0')
		fail(loader, line_of(loader, "provider_base"),
		    "provider_base: needs provider_token_file");
	if (conf->validator_base == NULL)
		fail(loader, line_of(loader, "provider_base"),
		    "provider_base: needs validator_base, where lost answers are looked up");
}

static void
check_country(struct loader *loader)
{
	if (strspn(loader->conf->stripe_platform_country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
		fail(loader, line_of(loader, "stripe_platform_country"),
		    "stripe_platform_country: two capital letters, such as US");
}

/* Files of secrets are refused in the same way (conf_value.c). */
static void
check_database(struct loader *loader)
{
	const char *database = loader->conf->database;
	bool has_password = strstr(database, "password") != NULL ||
	    (strstr(database, "://") != NULL && strchr(database, '@') != NULL);
	struct stat status;

	if (has_password && stat(loader->path, &status) == 0 && S_ISREG(status.st_mode) &&
	    (status.st_mode & S_IRWXO) != 0)
		fail(loader, line_of(loader, "database"),
		    "database: has a password, and other users may read this file; run: "
		    "chmod o-rwx %s",
		    loader->path);
}

static void
check_together(struct loader *loader)
{
	const struct conf *conf = loader->conf;

	check_database(loader);
	check_urls(loader);
	check_country(loader);
	check_provider(loader);
	check_at_most(loader, "stripe_timeout_ms", conf->stripe_timeout_ms, "stripe_deadline_ms",
	    conf->stripe_deadline_ms);
	/* A call that has timed out here may still run there. */
	if (conf->provider_timeout_ms >= conf->provider_settle_ms)
		fail(loader, line_of(loader, "provider_timeout_ms"),
		    "provider_timeout_ms: %" PRId64 " is not less than provider_settle_ms (%" PRId64
		    ")",
		    conf->provider_timeout_ms, conf->provider_settle_ms);
}

/* The host's name, for a process that has no other. */
static void
name_instance(struct loader *loader)
{
	struct conf *conf = loader->conf;
	char host[LIMIT_INSTANCE_BYTES + 1] = "";

	if (conf->instance == NULL || conf->instance[0] != '\0')
		return;
	if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
		fail(loader, 0, "instance: the host has no name that could be used: set it");
	else
		conf->instance = arena_strdup(&conf->memory, host);
}

static void
open_credentials(struct loader *loader)
{
	struct conf *conf = loader->conf;
	const struct credentials_files files = {
		.conf_path = loader->path,
		.dir = *conf->stripe_accounts_dir == '\0' ? NULL : conf->stripe_accounts_dir,
		.secret_key = conf->stripe_secret_key_file,
		.webhook_secrets = conf->stripe_webhook_secret_file,
		.provider_token = conf->provider_token_file,
		.validator_token = conf->validator_token_file,
		.test_only = !conf_url_is_https(conf->stripe_api_base),
	};

	conf->credentials = credentials_open(&conf->memory, &files, loader->errors);
	loader->failed = conf->credentials == NULL;
}

bool
conf_load(struct conf *conf, const char *path, FILE *errors)
{
	struct loader loader = { .conf = conf, .path = path, .errors = errors };

	*conf = (struct conf) { 0 };
	arena_init(&conf->memory);
	read_file(&loader);
	for (size_t i = 0; i < ROWS; i++) {
		if (loader.set_on[i] == 0)
			CHECK(set_value(&loader, &rows[i], rows[i].setting.fallback) == NULL);
	}
	name_instance(&loader);
	if (!loader.failed)
		check_together(&loader);
	if (!loader.failed)
		open_credentials(&loader);
	return !loader.failed;
}

bool
conf_load_or_report(struct conf *conf, const char *path)
{
	char *mistakes = NULL;
	size_t len;
	FILE *errors = open_memstream(&mistakes, &len);
	bool loaded;

	CHECK(errors != NULL);
	loaded = conf_load(conf, path, errors);
	CHECK(fclose(errors) == 0);
	if (!loaded)
		notify_failure("%s", mistakes);
	else
		fputs(mistakes, stderr); /* notices */
	free(mistakes);
	return loaded;
}
