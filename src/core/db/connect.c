/* Connects as the operator's connection string says, and says why it could not. */
#include "core/db/connect.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/text.h"

/* libpq's connect_timeout, for each host and address; it takes no less than 2. */
#define CONNECT_TIMEOUT_S "2"
#define CONNECT_TIMEOUT_MAX_S 3600
#define MS_PER_S 1000

/* Settings of the operator's, with ours around them. */
#define OURS_MAX 4
#define GIVEN_MAX 64

static const char not_understood[] =
    "the setting database is not understood.  It is `key=value ...`, with values that have blanks "
    "or quotes as 'it\\'s', or postgresql://..., with special characters as %40; or leave the "
    "password out of it and name a passfile\n";

/* The parameters of a connection. */
struct params {
	const char *keys[OURS_MAX + GIVEN_MAX + 1];
	const char *values[OURS_MAX + GIVEN_MAX + 1];
	size_t count;
	const char *password;
};

/* --- notices -------------------------------------------------------------------- */

static void
log_notice(void *unused, const PGresult *notice)
{
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
	bool warns = severity != NULL && strcmp(severity, "WARNING") == 0;

	(void)unused;
	log_event(warns ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, NULL, "notice of the database", "text",
	    message == NULL ? PQresultErrorMessage(notice) : message, "sqlstate",
	    PQresultErrorField(notice, PG_DIAG_SQLSTATE), NULL);
}

/* --- what the operator wrote ------------------------------------------------------ */

static void
add(struct params *params, const char *key, const char *value)
{
	params->keys[params->count] = key;
	params->values[params->count++] = value;
}

static bool
is_uri(const char *database)
{
	return strncmp(database, "postgresql://", strlen("postgresql://")) == 0 ||
	    strncmp(database, "postgres://", strlen("postgres://")) == 0;
}

/*
 * Of a URI: a special character of the password that is not escaped makes a part of the password
 * the host, the port or the database, which libpq's errors show.
 */
static bool
is_plausible(const PQconninfoOption *given)
{
	if (strcmp(given->keyword, "port") == 0)
		return strspn(given->val, "0123456789,") == strlen(given->val);
	if (strcmp(given->keyword, "host") == 0 || strcmp(given->keyword, "dbname") == 0)
		return strchr(given->val, '@') == NULL;
	return true;
}

/* libpq ignores the file, and says so on standard error. */
static bool
is_open_passfile(const char *path)
{
	struct stat status;

	return path != NULL && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
	    (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

static const char *
passfile_of(const PQconninfoOption *given)
{
	for (; given->keyword != NULL; given++) {
		if (strcmp(given->keyword, "passfile") == 0 && given->val != NULL)
			return given->val;
	}
	return getenv("PGPASSFILE");
}

/* Adds what is given; false = it cannot be what was meant. */
static bool
add_given(struct params *params, const PQconninfoOption *given, bool uri)
{
	int64_t seconds;

	for (; given->keyword != NULL; given++) {
		if (given->val == NULL)
			continue;
		if ((uri && !is_plausible(given)) || params->count >= OURS_MAX + GIVEN_MAX - 2)
			return false;
		if (strcmp(given->keyword, "password") == 0)
			params->password = given->val;
		/* Another one would wait for ever. */
		if (strcmp(given->keyword, "connect_timeout") != 0 ||
		    text_int(given->val, 1, CONNECT_TIMEOUT_MAX_S, &seconds))
			add(params, given->keyword, given->val);
	}
	return true;
}

/* The name alone of a database, or what PQconninfoParse() makes of it. */
static PQconninfoOption *
parse(const char *database)
{
	PQconninfoOption *given;

	if (is_uri(database) || strchr(database, '=') != NULL)
		return PQconninfoParse(database, NULL);
	if (strpbrk(database, "@:/") != NULL)
		return NULL;
	given = PQconninfoParse("", NULL);
	for (PQconninfoOption *option = given; option != NULL && option->keyword != NULL;
	     option++) {
		if (strcmp(option->keyword, "dbname") == 0 && *database != '\0')
			option->val = strdup(database);
	}
	return given;
}

/* --- connecting -------------------------------------------------------------------- */

/* How long one address may take. */
static int64_t
timeout_ms(const struct params *params)
{
	int64_t seconds = 2;

	for (size_t i = 0; i < params->count; i++) {
		if (strcmp(params->keys[i], "connect_timeout") == 0 &&
		    !text_int(params->values[i], 2, CONNECT_TIMEOUT_MAX_S, &seconds))
			seconds = 2;
	}
	return seconds * MS_PER_S;
}

/* Can there be another address?  A path is the directory of a unix socket. */
static bool
has_more_addresses(const PGconn *pg, const struct params *params)
{
	const char *host = PQhost(pg);

	for (size_t i = 0; i < params->count; i++) {
		if (strncmp(params->keys[i], "host", strlen("host")) == 0 &&
		    strchr(params->values[i], ',') != NULL)
			return true;
	}
	return host != NULL && host[0] != '/' && host[0] != '\0' && host[0] != '@';
}

/* Connects without blocking, so that log_notice() hears all; false = not at until_ms. */
static bool
finish_connecting(PGconn *pg, int64_t until_ms)
{
	PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;

	while (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING) {
		struct pollfd fd = { .fd = PQsocket(pg),
			.events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT };
		int ready = poll(&fd, 1, (int)clock_left_ms(until_ms));

		if (ready == 0)
			return false;
		if (ready > 0)
			wanted = PQconnectPoll(pg);
	}
	return true;
}

static PGconn *
start(const struct params *params)
{
	PGconn *pg = PQconnectStartParams(params->keys, params->values, 0);

	if (pg == NULL || PQstatus(pg) == CONNECTION_BAD)
		return pg;
	PQsetNoticeReceiver(pg, log_notice, NULL);
	if (finish_connecting(pg, clock_monotonic_ms() + timeout_ms(params)))
		return pg;
	/* libpq alone knows the addresses after the one that does not answer. */
	if (has_more_addresses(pg, params)) {
		PQreset(pg);
		return pg;
	}
	PQfinish(pg);
	return NULL;
}

static char *
reason(const PGconn *pg, const struct params *params)
{
	const char *error = pg == NULL ? "the server does not answer\n" : PQerrorMessage(pg);

	if (error[0] == '\0')
		error = "a part of the server's answer is missing\n";
	if (params->password != NULL && params->password[0] != '\0' &&
	    strstr(error, params->password) != NULL)
		error = "the server's answer repeats the password, and is not shown\n";
	return strdup(error);
}

static PGconn *
open_given(const PQconninfoOption *given, bool uri, const char *program, char **why)
{
	struct params params = { .count = 0 };
	PGconn *pg;

	add(&params, "application_name", program);
	if (getenv("PGCONNECT_TIMEOUT") == NULL)
		add(&params, "connect_timeout", CONNECT_TIMEOUT_S);
	if (!add_given(&params, given, uri)) {
		*why = strdup(not_understood);
		return NULL;
	}
	add(&params, "client_encoding", "UTF8");
	pg = start(&params);
	if (pg != NULL && PQstatus(pg) == CONNECTION_OK)
		return pg;
	*why = reason(pg, &params);
	PQfinish(pg);
	return NULL;
}

void *
connect_open(const char *database, const char *program, char **why)
{
	PQconninfoOption *given = parse(database);
	PGconn *pg = NULL;

	if (given == NULL)
		*why = strdup(not_understood);
	else if (is_open_passfile(passfile_of(given)))
		*why = strdup("the passfile can be read by others, and is not used: chmod 0600\n");
	else
		pg = open_given(given, is_uri(database), program, why);
	PQconninfoFree(given);
	return pg;
}
