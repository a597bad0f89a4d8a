/* Parsers of setting values: texts, numbers, addresses, files of secrets. */
#include "core/base/conf_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define SECRET_FILE_BYTES 8192

static const char *
read_text(const struct conf_value *wanted, const char *text, char **target)
{
	int64_t len = (int64_t)strlen(text);

	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ')
			return "holds a control character";
	}
	if (len < wanted->min)
		return "must not be empty";
	if (len > wanted->max)
		return arena_printf(wanted->memory, "is longer than %" PRId64 " bytes",
		    wanted->max);
	*target = arena_strdup(wanted->memory, text);
	return NULL;
}

static const char *
read_int(const struct conf_value *wanted, const char *text, int64_t *target)
{
	if (text_int(text, wanted->min, wanted->max, target))
		return NULL;
	return arena_printf(wanted->memory,
	    "\"%s\" is not a whole number from %" PRId64 " to %" PRId64, text, wanted->min,
	    wanted->max);
}

static const char *
read_bool(const struct conf_value *wanted, const char *text, bool *target)
{
	*target = strcmp(text, "yes") == 0;
	if (*target || strcmp(text, "no") == 0)
		return NULL;
	return arena_printf(wanted->memory, "\"%s\" is neither yes nor no", text);
}

static const char *
read_log_level(const struct conf_value *wanted, const char *text, char **target)
{
	if (log_level_parse(text) < 0)
		return arena_printf(wanted->memory, "\"%s\" is none of debug, info, warn and error",
		    text);
	*target = arena_strdup(wanted->memory, text);
	return NULL;
}

/* --- addresses ------------------------------------------------------------ */

/* The part after "http://" or "https://"; NULL = neither. */
static const char *
url_rest(const char *url)
{
	if (strncmp(url, "https://", strlen("https://")) == 0)
		return url + strlen("https://");
	if (strncmp(url, "http://", strlen("http://")) == 0)
		return url + strlen("http://");
	return NULL;
}

/*
 * A base address has no user, query or backslash: another parser of URLs could read a
 * different host from it.
 */
static const char *
read_url(const struct conf_value *wanted, const char *text, char **target)
{
	const char *rest = url_rest(text);
	size_t len = strlen(text);

	*target = NULL;
	if (len == 0)
		return wanted->min == 0 ? NULL : "must not be empty";
	if (rest == NULL)
		return arena_printf(wanted->memory, "\"%s\" does not start with https://", text);
	if (strchr(":/", *rest) != NULL || strpbrk(rest, "@?#\\\"") != NULL ||
	    !text_visible_ascii(text, (size_t)wanted->max))
		return arena_printf(wanted->memory, "\"%s\" is not a plain address", text);
	while (text[len - 1] == '/')
		len--;
	*target = arena_strndup(wanted->memory, text, len);
	return NULL;
}

bool
conf_url_is_https(const char *url)
{
	return strncmp(url, "https://", strlen("https://")) == 0;
}

bool
conf_url_is_loopback(const char *url)
{
	const char *rest = url_rest(url);
	struct in_addr address;
	char host[64];
	size_t len;

	CHECK(rest != NULL);
	len = strcspn(rest, *rest == '[' ? "]" : ":/");
	len += rest[len] == ']';
	if (len >= sizeof host || (rest[len] != '\0' && strchr(":/", rest[len]) == NULL))
		return false;
	memcpy(host, rest, len);
	host[len] = '\0';
	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

/* --- secrets -------------------------------------------------------------- */

char *
conf_value_path(struct arena *memory, const char *conf_path, const char *path)
{
	const char *slash = strrchr(conf_path, '/');

	if (*path == '/' || slash == NULL)
		return arena_strdup(memory, path);
	return arena_printf(memory, "%.*s/%s", (int)(slash - conf_path), conf_path, path);
}

/* Fills contents, which ends in NUL; returns NULL or the mistake. */
static const char *
read_file(const struct conf_value *wanted, const char *path, FILE *file,
    char contents[SECRET_FILE_BYTES])
{
	struct stat status;
	size_t len;

	if (fstat(fileno(file), &status) != 0)
		return strerror(errno);
	if (S_ISREG(status.st_mode) && (status.st_mode & S_IRWXO) != 0)
		return arena_printf(wanted->memory,
		    "other users may access this file of a secret; run: chmod o-rwx %s", path);
	len = fread(contents, 1, SECRET_FILE_BYTES - 1, file);
	if (ferror(file))
		return arena_printf(wanted->memory, "the file: %s", strerror(errno));
	contents[len] = '\0';
	if (len == SECRET_FILE_BYTES - 1 || strlen(contents) != len)
		return "the file has a NUL byte or is too large for a file of secrets";
	return NULL;
}

/* One secret per line; empty lines are skipped. */
static const char *
split_lines(struct arena *memory, const char *contents, size_t most, struct conf_secrets *secrets)
{
	for (const char *line = contents; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		char *secret;

		if (len > 0 && secrets->count == most)
			return most == 1 ? "the file has more than one line" :
					   "the file has too many lines";
		if (len > 0) {
			secret = arena_strndup(memory, line, len);
			if (!text_visible_ascii(secret, LIMIT_TOKEN_BYTES))
				return "the file has a line with a space, a control character or "
				       "too many bytes";
			secrets->value[secrets->count++] = secret;
		}
		line += len + (line[len] == '\n');
	}
	return secrets->count == 0 ? "the file is empty" : NULL;
}

static const char *
read_secrets(const struct conf_value *wanted, const char *text, size_t most,
    struct conf_secrets *secrets)
{
	char contents[SECRET_FILE_BYTES];
	const char *path, *wrong;
	FILE *file;

	*secrets = (struct conf_secrets) { 0 };
	if (*text == '\0')
		return NULL;
	path = conf_value_path(wanted->memory, wanted->conf_path, text);
	file = fopen(path, "re");
	if (file == NULL)
		return arena_printf(wanted->memory, "the file: %s", strerror(errno));
	wrong = read_file(wanted, path, file, contents);
	fclose(file);
	if (wrong == NULL)
		wrong = split_lines(wanted->memory, contents, most, secrets);
	return wrong;
}

static const char *
read_secret(const struct conf_value *wanted, const char *text, char **target)
{
	struct conf_secrets one;
	const char *wrong = read_secrets(wanted, text, 1, &one);

	*target = wrong == NULL ? one.value[0] : NULL;
	return wrong;
}

static bool
begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

const char *
conf_stripe_key_mistake(const char *key)
{
	static const char *const prefixes[] = { "sk_live_", "sk_test_", "rk_live_", "rk_test_" };

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
		if (begins_with(key, prefixes[i]))
			return NULL;
	}
	if (begins_with(key, "pk_"))
		return "the file holds a publishable key (pk_...), which is not secret; put the "
		       "secret key (sk_...) or a restricted one (rk_...) there";
	if (begins_with(key, "whsec_"))
		return "the file holds the signing secret of a webhook (whsec_...); put the "
		       "secret key (sk_...) or a restricted one (rk_...) there";
	return "the file holds no key that begins with sk_live_, sk_test_, rk_live_ or rk_test_";
}

const char *
conf_webhook_secret_mistake(const char *secret)
{
	if (begins_with(secret, "whsec_"))
		return NULL;
	return "the file has a line that does not begin with whsec_, as the signing secret of an "
	       "endpoint does";
}

const char *
conf_value_read(const struct conf_value *wanted, const char *text, void *target)
{
	switch (wanted->type) {
	case CONF_TEXT:
		return read_text(wanted, text, target);
	case CONF_INT:
		return read_int(wanted, text, target);
	case CONF_BOOL:
		return read_bool(wanted, text, target);
	case CONF_LOG_LEVEL:
		return read_log_level(wanted, text, target);
	case CONF_URL:
		return read_url(wanted, text, target);
	case CONF_SECRET:
		return read_secret(wanted, text, target);
	case CONF_SECRETS:
		return read_secrets(wanted, text, CONF_SECRETS_MAX, target);
	}
	BUG("unknown type of a setting");
}
