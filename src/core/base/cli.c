/* Parses the command line and prints --help. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "core/base/cli.h"
#include "core/base/conf.h"

#ifndef PURSER_CONF_PATH
#define PURSER_CONF_PATH "/etc/purser/purser.conf"
#endif

enum {
	OPT_CONF = 1,
	OPT_CHECK,
	OPT_ROUTES,
	OPT_NGINX,
	OPT_PROBLEMS,
	OPT_EVENTS,
	OPT_STATEMENTS,
	OPT_INSTANCE,
	OPT_SOCKET,
	OPT_UPSTREAM,
	OPT_HELP,
	OPT_VERSION
};

static const struct option long_options[] = {
	{ "conf", required_argument, NULL, OPT_CONF },
	{ "check-conf", no_argument, NULL, OPT_CHECK },
	{ "routes", no_argument, NULL, OPT_ROUTES },
	{ "nginx", required_argument, NULL, OPT_NGINX },
	{ "problems", no_argument, NULL, OPT_PROBLEMS },
	{ "events", no_argument, NULL, OPT_EVENTS },
	{ "statements", no_argument, NULL, OPT_STATEMENTS },
	{ "instance", required_argument, NULL, OPT_INSTANCE },
	{ "socket", required_argument, NULL, OPT_SOCKET },
	{ "socket-upstream", required_argument, NULL, OPT_UPSTREAM },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static void
help(const struct cli *cli)
{
	const struct conf_setting *setting;

	printf("usage: %s [--conf FILE] [--instance NAME]%s\n"
	       "       %s --check-conf | %s--statements | --help | --version\n\n%s\n\n"
	       "  --conf FILE        configuration (default %s)\n"
	       "  --check-conf       check the configuration and the database, then exit\n"
	       "  --instance NAME    name of this process, unique on all machines\n",
	    cli->program, cli->serves ? " [--socket PATH] [--socket-upstream PATH]" : "",
	    cli->program, cli->serves ? "--routes | --nginx FILE | --problems | " : "--events | ",
	    cli->purpose, PURSER_CONF_PATH);
	if (cli->serves)
		printf(
		    "  --socket PATH      listen here instead of in socket_dir\n"
		    "  --socket-upstream PATH  the same for routes that call upstream\n"
		    "  --routes           print the routes\n"
		    "  --nginx FILE       print nginx's routes, locations, bodies, fastcgi_params"
		    " or cors_headers\n"
		    "  --problems         print every error that a client can get\n");
	else
		printf("  --events           print the types of Stripe's events that it applies\n");
	printf("  --statements       print the SQL that it prepares\n");
	printf("\nsettings:\n");
	for (size_t i = 0; (setting = conf_setting_at(i)) != NULL; i++) {
		printf("  %-32s %s (%s)\n", setting->key, setting->purpose,
		    setting->fallback == NULL        ? "required" :
			setting->fallback[0] == '\0' ? "unset" :
						       setting->fallback);
	}
}

static const struct {
	const char *name;
	enum cli_mode mode;
} nginx_files[] = {
	{ "routes", CLI_NGINX_ROUTES },
	{ "locations", CLI_NGINX_LOCATIONS },
	{ "bodies", CLI_NGINX_BODIES },
	{ "fastcgi_params", CLI_NGINX_FASTCGI_PARAMS },
	{ "cors_headers", CLI_NGINX_CORS_HEADERS },
};

static enum cli_mode
nginx_mode(const char *file)
{
	for (size_t i = 0; i < sizeof(nginx_files) / sizeof(nginx_files[0]); i++) {
		if (strcmp(file, nginx_files[i].name) == 0)
			return nginx_files[i].mode;
	}
	fprintf(stderr, "--nginx prints no file \"%s\"; see --help\n", file);
	return CLI_MISUSE;
}

static void
option(const struct cli *cli, int opt, struct cli_options *options)
{
	switch (opt) {
	case OPT_CONF:
		options->conf_path = optarg;
		break;
	case OPT_CHECK:
		options->mode = CLI_CHECK_CONF;
		break;
	case OPT_ROUTES:
		options->mode = CLI_ROUTES;
		break;
	case OPT_NGINX:
		options->mode = nginx_mode(optarg);
		break;
	case OPT_PROBLEMS:
		options->mode = CLI_PROBLEMS;
		break;
	case OPT_EVENTS:
		options->mode = CLI_EVENTS;
		break;
	case OPT_STATEMENTS:
		options->mode = CLI_STATEMENTS;
		break;
	case OPT_INSTANCE:
		options->instance = optarg;
		break;
	case OPT_SOCKET:
		options->socket = optarg;
		break;
	case OPT_UPSTREAM:
		options->socket_upstream = optarg;
		break;
	case OPT_HELP:
		help(cli);
		options->mode = CLI_EXIT;
		break;
	case OPT_VERSION:
		printf("%s %s\n", cli->program, PACKAGE_VERSION);
		options->mode = CLI_EXIT;
		break;
	default:
		fprintf(stderr, "try %s --help\n", cli->program);
		options->mode = CLI_MISUSE;
	}
}

void
cli_parse(const struct cli *cli, int argc, char **argv, struct cli_options *options)
{
	int opt;

	*options = (struct cli_options) { .mode = CLI_RUN, .conf_path = PURSER_CONF_PATH };
	while (options->mode != CLI_EXIT && options->mode != CLI_MISUSE &&
	    (opt = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		option(cli, opt, options);
	if (options->mode != CLI_EXIT && options->mode != CLI_MISUSE && optind < argc) {
		fprintf(stderr, "%s: unexpected argument \"%s\"; try --help\n", cli->program,
		    argv[optind]);
		options->mode = CLI_MISUSE;
	}
}
