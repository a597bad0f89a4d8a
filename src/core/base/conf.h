/*
 * The configuration: one file of `key = value` lines, one table of settings
 * (conf.c).  '#' at the start of a line or after a space starts a comment.  A
 * program does not start with an unknown key, a key set twice or a bad value.
 * A secret is given as the path of a file, relative to the directory of the
 * configuration, that only its owner and group may access (credentials.h).  A
 * changed setting needs a restart, a changed secret does not.
 */
#ifndef PURSER_BASE_CONF_H
#define PURSER_BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/arena.h"

struct credentials_store;

struct conf {
	char *instance;               /* unique name of the process; its leases carry it */
	char *database;               /* libpq conninfo */
	int64_t database_connections; /* per process */
	int64_t database_timeout_ms;  /* per statement */
	char *socket_dir;             /* holds NAME.sock and NAME-upstream.sock */
	int64_t socket_backlog;
	int64_t threads;           /* of the main listener */
	int64_t threads_upstream;  /* of the listener for routes that call upstream */
	int64_t nginx_connections; /* worker_processes x keepalive; at most threads / 4 */
	char *log_level;

	char *stripe_api_base;         /* https://api.stripe.com */
	int64_t stripe_timeout_ms;     /* one attempt */
	int64_t stripe_deadline_ms;    /* all attempts of one call in a request */
	char *stripe_platform_country; /* ISO 3166: payees elsewhere are recipients */
	/* Paths of files, NULL = not set: credentials_get() has the secrets. */
	char *stripe_accounts_dir;
	char *stripe_secret_key_file;
	char *stripe_webhook_secret_file;
	char *provider_token_file;
	char *validator_token_file;
	struct credentials_store *credentials;

	char *provider_base; /* account provider; NULL = not configured */
	int64_t provider_timeout_ms;
	/* After this an attempt without answer has ended at the provider. */
	int64_t provider_settle_ms;
	int64_t provider_attempts; /* then subaccount_failed */
	char *validator_base;
	int64_t validator_timeout_ms;         /* in purser-jobs */
	int64_t validator_request_timeout_ms; /* while a client waits */

	char *jobs_socket;               /* datagram socket of purser-jobs */
	int64_t jobs_poll_ms;            /* when wake_jobs() does not reach it */
	int64_t reconcile_after_s;       /* age at which a payment without event is read */
	int64_t checkout_cancel_after_s; /* age at which a checkout is abandoned; 0 = never */
	int64_t backfill_interval_s;
	int64_t backfill_days;
	int64_t reconciliation_interval_s; /* Stripe's balance transactions are read as often */

	int64_t webhook_timeout_ms;  /* one attempt to send a webhook */
	int64_t webhook_connections; /* webhooks under way at a time */

	bool sandbox; /* allows http:// upstreams to loopback */

	struct arena memory; /* holds every text above */
};

/*
 * Reads `path`; on failure prints one line per mistake to `errors` (file, line,
 * key, what to do) and returns false.  The result lives as long as the process;
 * a test may arena_release(&conf->memory), after a failure too.
 */
bool conf_load(struct conf *conf, const char *path, FILE *errors);

/* The same, but mistakes go to standard error and to `systemctl status`. */
bool conf_load_or_report(struct conf *conf, const char *path);

/* One row of the settings table as text, for conf/purser.conf and --help. */
struct conf_setting {
	const char *key;
	const char *fallback; /* default as text; "" = unset */
	const char *purpose;  /* one line */
};

/* The i-th setting or NULL past the end. */
const struct conf_setting *conf_setting_at(size_t i);

#endif
