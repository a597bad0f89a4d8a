/* The name of an instance: taken at the start, shown to be in use, given up at the end. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/id.h"
#include "core/base/limits.h"
#include "core/base/log.h"
#include "core/base/notify.h"
#include "core/db/db.h"
#include "core/process/instance.h"

/* A name is free when its process was not seen for 3 minutes (core.instance_take). */
#define SEEN_EVERY_MS 15000
#define STACK_BYTES (256 * 1024)
#define PLACE_BYTES 256

/* For clock_database_set(). */
#define DATABASE_MS "(extract(epoch from clock_timestamp()) * 1000)::bigint as database_ms"

static const struct db_stmt take_stmt = { "core.instance_take",
	"select taken, machine, process, token, seen_s, " DATABASE_MS
	" from core.instance_take($1, $2, $3, $4, $5)",
	5, 0 };
static const struct db_stmt seen_stmt = { "core.instance_seen",
	"select core.instance_seen($1, $2) as seen, " DATABASE_MS, 2, 0 };
static const struct db_stmt end_stmt = { "core.instance_end", "select core.instance_end($1, $2)", 2,
	0 };
const struct db_stmt *const instance_stmts[] = { &take_stmt, &seen_stmt, &end_stmt, NULL };

/* One process is one instance. */
static struct {
	struct db *db;
	const char *name;
	char token[ID_BYTES];
	pthread_t thread;
	bool watched;
	sem_t ends;
	atomic_bool lost;
} own;

/* --- this process, and others on this machine ------------------------------------ */

/* When a process started, in ticks since the boot; 0 = there is none with this pid. */
static unsigned long long
started_at(long pid)
{
	unsigned long long ticks = 0;
	char path[64], line[1024];
	const char *rest;
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	len = fread(line, 1, sizeof(line) - 1, file);
	fclose(file);
	line[len] = '\0';
	rest = strrchr(line, ')'); /* the second field, a name, may hold anything */
	for (int field = 2; rest != NULL && field < 22; field++)
		rest = strchr(rest + 1, ' ');
	if (rest != NULL)
		ticks = strtoull(rest + 1, NULL, 10);
	return ticks;
}

static void
print_process(char out[PLACE_BYTES], long pid)
{
	snprintf(out, PLACE_BYTES, "%ld/%llu", pid, started_at(pid));
}

/* Where a pid means the same process: host, boot, namespace of pids. */
static void
print_machine(char out[PLACE_BYTES])
{
	char host[LIMIT_INSTANCE_BYTES + 1] = "", boot[64] = "", pids[64] = "";
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	(void)gethostname(host, sizeof(host) - 1);
	if (file != NULL) {
		boot[fread(boot, 1, sizeof(boot) - 1, file)] = '\0';
		boot[strcspn(boot, "\n")] = '\0';
		fclose(file);
	}
	(void)!readlink("/proc/self/ns/pid", pids, sizeof(pids) - 1);
	snprintf(out, PLACE_BYTES, "%s/%s/%s", host, boot, pids);
}

/* Not when it may run on another machine, where nothing is known of it. */
static bool
is_dead(const struct db_rows *other, const char *machine)
{
	const char *process = db_value(other, 0, "process");
	char now[PLACE_BYTES];

	if (strcmp(db_value(other, 0, "machine"), machine) != 0)
		return false;
	print_process(now, strtol(process, NULL, 10));
	return strcmp(process, now) != 0;
}

/* --- the start --------------------------------------------------------------------- */

/* Runs a statement; with its answer comes the database's time. */
static enum db_result
run(struct arena *arena, struct db *db, const struct db_stmt *stmt, const struct db_param *params,
    struct db_rows *rows, struct db_error *error)
{
	const struct db_step step = { .stmt = stmt, .params = params };
	int64_t asked_ms = clock_running_ms();
	enum db_result result = db_run(db, arena, &step, 1, db_deadline_ms(db), rows, error);

	if (result == DB_OK && stmt != &end_stmt)
		clock_database_set(db_value_int(rows, 0, "database_ms"), asked_ms);
	return result;
}

static void
refuse(const char *program, const char *name, const struct db_rows *other)
{
	const char *machine = db_value(other, 0, "machine");

	notify_failure(
	    "%s: the instance \"%s\" runs already: pid %ld on host %.*s, seen %s s ago.  "
	    "Stop that process, or set another `instance`; one that is dead is "
	    "replaced when it was not seen for 3 minutes\n",
	    program, name, strtol(db_value(other, 0, "process"), NULL, 10),
	    (int)strcspn(machine, "/"), machine, db_value(other, 0, "seen_s"));
}

/* Once more when the process that has the name is known to be dead. */
static bool
take(struct arena *arena, struct db *db, const char *program, const char *name)
{
	char machine[PLACE_BYTES], process[PLACE_BYTES];
	struct db_error error;
	struct db_rows rows;
	const char *dead = NULL;

	print_machine(machine);
	print_process(process, (long)getpid());
	for (;;) {
		enum db_result result = run(arena, db, &take_stmt,
		    DB_PARAMS(db_text(name), db_text(own.token), db_text(machine), db_text(process),
			db_text(dead)),
		    &rows, &error);

		if (result != DB_OK) {
			notify_failure("%s: cannot register its start in the database: %s\n",
			    program, result == DB_RAISED ? error.message : "no answer");
			return false;
		}
		if (db_value_bool(&rows, 0, "taken"))
			return true;
		if (!is_dead(&rows, machine) ||
		    (dead != NULL && strcmp(dead, db_value(&rows, 0, "token")) == 0)) {
			refuse(program, name, &rows);
			return false;
		}
		dead = db_value(&rows, 0, "token");
	}
}

bool
instance_take(struct db *db, const char *program, const char *name)
{
	struct arena arena;
	bool taken;

	id_make(own.token, "proc");
	arena_init(&arena);
	taken = take(&arena, db, program, name);
	arena_release(&arena);
	return taken;
}

/* --- meanwhile --------------------------------------------------------------------- */

/* False = another process has the name.  Without an answer of the database nothing is known. */
static bool
show(struct arena *arena)
{
	struct db_error error;
	struct db_rows rows;
	bool seen = true;

	if (run(arena, own.db, &seen_stmt, DB_PARAMS(db_text(own.name), db_text(own.token)), &rows,
		&error) == DB_OK)
		seen = db_value_bool(&rows, 0, "seen");
	arena_reset(arena);
	return seen;
}

/* True = the process ends. */
static bool
wait_for_end(void)
{
	struct timespec until = clock_monotonic_after(SEEN_EVERY_MS);

	while (sem_clockwait(&own.ends, CLOCK_MONOTONIC, &until) != 0) {
		if (errno == ETIMEDOUT)
			return false;
	}
	return true;
}

static void *
watch(void *argument)
{
	struct arena arena;

	(void)argument;
	arena_init(&arena);
	while (!wait_for_end()) {
		if (show(&arena))
			continue;
		atomic_store(&own.lost, true);
		log_event(LOG_LEVEL_ERROR, NULL,
		    "another process has taken the name of this instance", "instance", own.name,
		    NULL);
		kill(getpid(), SIGTERM);
		break;
	}
	arena_release(&arena);
	return NULL;
}

void
instance_watch(struct db *db, const char *name)
{
	pthread_attr_t attr;

	own.db = db;
	own.name = name;
	CHECK(sem_init(&own.ends, 0, 0) == 0);
	pthread_attr_init(&attr);
#if !defined(__SANITIZE_ADDRESS__)
	pthread_attr_setstacksize(&attr, STACK_BYTES);
#endif
	CHECK(pthread_create(&own.thread, &attr, watch, NULL) == 0);
	pthread_attr_destroy(&attr);
	own.watched = true;
}

bool
instance_end(struct db *db, const char *name)
{
	struct db_error error;
	struct db_rows rows;
	struct arena arena;

	if (own.watched) {
		sem_post(&own.ends);
		pthread_join(own.thread, NULL);
		own.watched = false;
	}
	if (atomic_load(&own.lost))
		return false;
	arena_init(&arena);
	/* Without an answer the next process finds this one dead. */
	(void)!run(&arena, db, &end_stmt, DB_PARAMS(db_text(name), db_text(own.token)), &rows,
	    &error);
	arena_release(&arena);
	return true;
}
