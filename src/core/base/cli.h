/* The command line that all binaries share. */
#ifndef PURSER_BASE_CLI_H
#define PURSER_BASE_CLI_H

#include <stdbool.h>

enum cli_mode {
	CLI_RUN,
	CLI_CHECK_CONF,
	CLI_ROUTES,
	CLI_NGINX_ROUTES,
	CLI_NGINX_LOCATIONS,
	CLI_NGINX_BODIES,
	CLI_NGINX_FASTCGI_PARAMS,
	CLI_NGINX_CORS_HEADERS,
	CLI_PROBLEMS,
	CLI_EVENTS,
	CLI_STATEMENTS,
	CLI_EXIT,   /* --help or --version has printed its text; exit status 0 */
	CLI_MISUSE, /* reported on standard error; exit status 2 */
};

struct cli {
	const char *program;
	const char *purpose; /* one line for --help */
	bool serves;         /* has routes and sockets, else jobs and events */
};

struct cli_options {
	enum cli_mode mode;
	const char *conf_path;
	const char *instance; /* NULL = as configured */
	const char *socket;   /* NULL = from socket_dir */
	const char *socket_upstream;
};

/* Fills in options; prints --help, --version and mistakes itself. */
void cli_parse(const struct cli *cli, int argc, char **argv, struct cli_options *options);

#endif
