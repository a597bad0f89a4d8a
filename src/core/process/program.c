/* The parts that all programs share, and their main(). */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/credentials.h"
#include "core/base/log.h"
#include "core/base/notify.h"
#include "core/db/announce.h"
#include "core/process/check.h"
#include "core/process/instance.h"
#include "core/process/key_check.h"
#include "core/process/program.h"
#include "core/web/header.h"
#include "core/web/nginx.h"
#include "core/web/problem.h"
#include "core/web/route.h"

#define PREFIX "purser-"

const char *
program_short(const struct program *program)
{
	CHECK(strncmp(program->name, PREFIX, strlen(PREFIX)) == 0);
	return program->name + strlen(PREFIX);
}

/* --- what it is made of ---------------------------------------------------------- */

static size_t
add_lists(struct process *process, size_t n, const struct db_stmt *const *const *lists)
{
	for (size_t i = 0; lists[i] != NULL; i++) {
		CHECK(n + 1 < PROGRAM_LISTS_MAX);
		process->stmts[n++] = lists[i];
	}
	return n;
}

/* Collects the statements and routes of the role and the modules. */
static void
list_parts(struct process *process)
{
	const struct program *program = process->program;
	size_t n = 0, tables = 0;

	process->stmts[n++] = announce_stmts;
	process->stmts[n++] = instance_stmts;
	process->stmts[n++] = check_stmts;
	for (size_t m = 0; program->modules[m] != NULL; m++) {
		const struct module *module = program->modules[m];

		n = add_lists(process, n, program->role->stmts_of(module));
		CHECK(tables + 1 < PROGRAM_MODULES_MAX);
		process->tables[tables++] = module->routes;
	}
	add_lists(process, n, program->role->stmts(process));
}

/* --- start ------------------------------------------------------------------------ */

static bool
load(struct process *process)
{
	const struct program *program = process->program;

	if (!conf_load_or_report(&process->conf, process->options.conf_path))
		return false;
	if (process->options.instance != NULL)
		process->conf.instance = (char *)process->options.instance;
	log_init(program->name, (enum log_level)log_level_parse(process->conf.log_level));
	snprintf(process->holder, sizeof(process->holder), "%s:%s", process->conf.instance,
	    program_short(program));
	return true;
}

static bool
open_database(struct process *process)
{
	const char *why;

	process->db = db_open(&process->conf, process->program->name,
	    process->conf.database_connections, process->stmts, &why);
	if (process->db != NULL)
		return true;
	notify_failure("%s: cannot use the database: %s"
		       "check `database` in the configuration and load sql/load.sql\n",
	    process->program->name, why);
	free((char *)why);
	return false;
}

static int
check_conf(struct process *process)
{
	bool good = process->program->role->check(process);

	if (!open_database(process))
		return 1;
	good = check_database(process->db, process->stmts) && good;
	if (good && process->program->role->calls_stripe(process))
		key_check_print(&process->conf, process->db);
	db_close(process->db);
	if (!good)
		return 1;
	printf("%s: configuration and database are fine\n", process->options.conf_path);
	return 0;
}

/* --- for roles ---------------------------------------------------------------------- */

bool
program_announce(const struct process *process)
{
	struct arena arena;
	bool announced;

	arena_init(&arena);
	announced = instance_take(process->db, process->program->name, process->holder) &&
	    announce(process->db, process->program->name, process->holder,
		program_short(process->program),
		credentials_modes(process->conf.credentials, &arena));
	arena_release(&arena);
	return announced;
}

void
program_ready(const struct process *process)
{
	log_event(LOG_LEVEL_INFO, NULL, "started", "holder", process->holder, NULL);
	notify("READY=1");
	instance_watch(process->db, process->holder);
}

void
program_stopping(struct process *process)
{
	notify("STOPPING=1");
	process->lost = !instance_end(process->db, process->holder);
}

/* Frees nothing when a thread is stuck, because it may still use it. */
int
program_stopped(struct process *process, bool drained, const char *undrained)
{
	drained = key_check_stop() && drained;
	log_event(LOG_LEVEL_INFO, NULL, drained ? "stopped" : undrained, NULL);
	if (!drained)
		_exit(process->lost ? 1 : 0);
	db_close(process->db);
	return process->lost ? 1 : 0;
}

/* --- main ---------------------------------------------------------------------------- */

static int
print_routes(const struct process *process)
{
	const char *program = program_short(process->program);

	if (!process->program->role->has_routes) {
		fprintf(stderr, "%s serves no routes\n", process->program->name);
		return 2;
	}
	if (process->options.mode == CLI_NGINX_ROUTES) {
		nginx_print_routes(stdout, process->tables, program);
	} else if (process->options.mode == CLI_NGINX_LOCATIONS) {
		nginx_print_locations(stdout, process->tables, program);
	} else if (process->options.mode == CLI_NGINX_FASTCGI_PARAMS) {
		header_print_params(stdout);
	} else if (process->options.mode == CLI_NGINX_BODIES) {
		nginx_print_bodies(stdout, process->tables);
	} else if (process->options.mode == CLI_NGINX_CORS_HEADERS) {
		header_print_cors(stdout);
	} else {
		route_print_head(stdout);
		for (size_t i = 0; process->tables[i] != NULL; i++)
			route_print(stdout, process->tables[i]);
	}
	return 0;
}

/* A type of Stripe's events that a job applies, and the accounts whose events they are. */
static void
print_event_type(const struct event_type *row)
{
	printf("%-34s %s\n", row->type,
	    row->flags & EVENT_CONNECT ? "connected accounts" : "your account");
}

static int
print_events(const struct program *program)
{
	if (program->role->has_routes) {
		fprintf(stderr, "%s applies no events\n", program->name);
		return 2;
	}
	for (size_t m = 0; program->modules[m] != NULL; m++) {
		const struct event_type *row = program->modules[m]->events;

		for (; row->type != NULL; row++)
			print_event_type(row);
	}
	return 0;
}

/* One line per statement: its name and its SQL. */
static int
print_statements(const struct process *process)
{
	for (size_t i = 0; process->stmts[i] != NULL; i++) {
		for (size_t s = 0; process->stmts[i][s] != NULL; s++)
			printf("%s: %s\n", process->stmts[i][s]->name, process->stmts[i][s]->sql);
	}
	return 0;
}

int
program_main(int argc, char **argv, const struct program *program)
{
	static struct process process; /* the configuration lives as long as the process */
	const struct cli cli = { program->name, program->purpose, program->role->has_routes };

	process.program = program;
	list_parts(&process);
	cli_parse(&cli, argc, argv, &process.options);
	switch (process.options.mode) {
	case CLI_EXIT:
		return 0;
	case CLI_MISUSE:
		return 2;
	case CLI_ROUTES:
	case CLI_NGINX_ROUTES:
	case CLI_NGINX_LOCATIONS:
	case CLI_NGINX_BODIES:
	case CLI_NGINX_FASTCGI_PARAMS:
	case CLI_NGINX_CORS_HEADERS:
		return print_routes(&process);
	case CLI_PROBLEMS:
		problem_print(stdout);
		return 0;
	case CLI_EVENTS:
		return print_events(program);
	case CLI_STATEMENTS:
		return print_statements(&process);
	case CLI_CHECK_CONF:
		return load(&process) ? check_conf(&process) : 1;
	case CLI_RUN:
		return load(&process) && open_database(&process) ? program->role->run(&process) : 1;
	}
	BUG("unknown mode %d", (int)process.options.mode);
}
