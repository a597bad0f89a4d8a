/* Parsers of setting values, used by conf.c and credentials.c. */
#ifndef PURSER_BASE_CONF_VALUE_H
#define PURSER_BASE_CONF_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum conf_type {        /* -> type of the member of struct conf */
	CONF_TEXT,      /* char * */
	CONF_INT,       /* int64_t */
	CONF_BOOL,      /* bool: yes or no */
	CONF_LOG_LEVEL, /* char * */
	CONF_URL,       /* char *: http or https without '/' at its end; NULL = unset */
	CONF_SECRET,    /* char *: the one line of a file; NULL = unset */
	CONF_SECRETS,   /* struct conf_secrets: the lines of a file */
};

/* Secrets of one kind that are valid at a time; two while one is rotated. */
#define CONF_SECRETS_MAX 8

struct conf_secrets {
	size_t count;
	char *value[CONF_SECRETS_MAX];
};

struct conf_value {
	struct arena *memory;  /* for results and messages */
	const char *conf_path; /* paths of secret files are relative to its directory */
	enum conf_type type;
	int64_t min, max; /* of an integer; bytes of a text */
};

/*
 * Parses the text into *target.  Returns NULL, or a message for the operator.  The
 * message never quotes a path that could be a secret given by mistake.
 */
const char *conf_value_read(const struct conf_value *wanted, const char *text, void *target);

/* A path of the configuration: what is not absolute is relative to the file's directory. */
char *conf_value_path(struct arena *memory, const char *conf_path, const char *path);

/*
 * Whether a text looks like what Stripe calls a secret key, or a signing secret; NULL, or what is
 * wrong, without the text.
 */
const char *conf_stripe_key_mistake(const char *key);
const char *conf_webhook_secret_mistake(const char *secret);

/* For a value that was parsed as CONF_URL. */
bool conf_url_is_https(const char *url);
bool conf_url_is_loopback(const char *url);

#endif
