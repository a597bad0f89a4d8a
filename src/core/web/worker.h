/*
 * The program around a route table.  One process: two lanes (routes that only
 * ask the database; routes that call outside), each a listening socket and a
 * pool of threads, over one pool of database connections (design section 2).
 */
#ifndef PURSER_WEB_WORKER_H
#define PURSER_WEB_WORKER_H

#include <stdbool.h>

struct module;

struct worker {
	const char *program;		/* "purser-payments" */
	const char *family;		/* "payments": names sockets and leases */
	const char *purpose;		/* for --help */
	const struct module *const *modules;	/* NULL at the end */
};

/* The whole of a binary's main(). */
int worker_main(int argc, char **argv, const struct worker *worker);

#endif
