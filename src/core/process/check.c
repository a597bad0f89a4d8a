/* What --check-conf finds out about the database and the directories of sockets. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/notify.h"
#include "core/base/unix_socket.h"
#include "core/db/db.h"
#include "core/process/check.h"

#define STATEMENTS_MAX 512

static const struct db_stmt check_stmt = { "core.program_check",
	"select mistake from core.program_check($1::text[]) as mistake", 1, 0 };
const struct db_stmt *const check_stmts[] = { &check_stmt, NULL };

/* The texts of all statements of the program, as one parameter. */
static struct db_param
statements(const struct db_stmt *const *const *stmts, struct arena *arena)
{
	struct db_param *texts = arena_alloc(arena, STATEMENTS_MAX * sizeof(*texts));
	const struct db_param **rows = arena_alloc(arena, STATEMENTS_MAX * sizeof(*rows));
	struct db_param all;
	size_t count = 0;

	for (size_t i = 0; stmts[i] != NULL; i++) {
		for (size_t s = 0; stmts[i][s] != NULL; s++) {
			CHECK(count < STATEMENTS_MAX);
			texts[count] = db_text(stmts[i][s]->sql);
			rows[count] = &texts[count];
			count++;
		}
	}
	db_columns(arena, rows, count, 1, &all);
	return all;
}

static bool
ask(struct db *db, const struct db_stmt *const *const *stmts, struct arena *arena)
{
	const struct db_step step = { .stmt = &check_stmt,
		.params = DB_PARAMS(statements(stmts, arena)) };
	struct db_error error;
	struct db_rows rows;
	enum db_result result = db_run(db, arena, &step, 1, db_deadline_ms(db), &rows, &error);

	if (result != DB_OK) {
		notify_failure("database: cannot be checked: %s; check the role of `database`, "
			       "and load sql/load.sql\n",
		    result == DB_RAISED ? error.message : "no answer");
		return false;
	}
	for (int row = 0; row < rows.count; row++)
		notify_failure("database: %s\n", db_value(&rows, row, "mistake"));
	return rows.count == 0;
}

bool
check_database(struct db *db, const struct db_stmt *const *const *stmts)
{
	struct arena arena;
	bool good;

	arena_init(&arena);
	good = ask(db, stmts, &arena);
	arena_release(&arena);
	return good;
}

bool
check_socket(const char *setting, const char *path, int type)
{
	const char *slash = strrchr(path, '/');
	char directory[256];
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);

	if (unix_socket_is_live(path, type))
		return true;
	if (len >= sizeof(directory))
		len = sizeof(directory) - 1;
	memcpy(directory, path, len);
	directory[len] = '\0';
	if (access(len == 0 ? "." : directory, W_OK | X_OK) == 0)
		return true;
	notify_failure("%s: no socket can be made in \"%s\": %s; make that directory and let the "
		       "user of the program write there, or set another\n",
	    setting, len == 0 ? "." : directory, strerror(errno));
	return false;
}
