/*
 * What every program does: command line, configuration, log, database, registration of its
 * start, signals, the service manager, the drain.  A program is a list of modules and a role:
 * it serves their routes (serve.c) or runs their jobs (background.c).
 */
#ifndef PURSER_PROCESS_PROGRAM_H
#define PURSER_PROCESS_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/bug.h"
#include "core/base/cli.h"
#include "core/base/conf.h"
#include "core/module/module.h"

#define PROGRAM_MODULES_MAX 16
#define PROGRAM_LISTS_MAX 64 /* of statements */

struct db;
struct process;

struct role {
	bool has_routes;
	/* statements besides those of modules, and those of a module; NULL at the end */
	const struct db_stmt *const *const *(*stmts)(const struct process *process);
	const struct db_stmt *const *const *(*stmts_of)(const struct module *module);
	/* does the program call Stripe? */
	bool (*calls_stripe)(const struct process *process);
	/* for --check-conf: prints mistakes to standard error; false = there are some */
	bool (*check)(const struct process *process);
	/* from the open database to the drain; returns the exit status */
	int (*run)(struct process *process);
};

extern const struct role serve_role;
extern const struct role background_role;

struct program {
	/* "purser-payments"; "payments" names sockets and leases */
	const char *name;
	const char *purpose;                 /* one line for --help */
	const struct module *const *modules; /* NULL at the end */
	const struct role *role;
};

struct process {
	const struct program *program;
	struct conf conf;
	struct cli_options options;
	const struct db_stmt *const *stmts[PROGRAM_LISTS_MAX]; /* NULL at the end */
	const struct route *tables[PROGRAM_MODULES_MAX];       /* NULL at the end */
	struct db *db;
	char holder[128]; /* "<instance>:payments" */
	bool lost;        /* another process has taken the holder's name */
};

/* The whole of a binary's main(). */
int program_main(int argc, char **argv, const struct program *program);

/* "purser-payments" -> "payments" */
const char *program_short(const struct program *program);

/*
 * For roles: announce() with the name and holder of this process; false = the reason was printed
 * to standard error.
 */
bool program_announce(const struct process *process) MUST_CHECK;

/* For roles: report to the service manager and the log that the program serves, or has stopped. */
void program_ready(const struct process *process);
/* Before the last requests and jobs are finished: a successor may start. */
void program_stopping(struct process *process);
int program_stopped(struct process *process, bool drained, const char *undrained);

#endif
