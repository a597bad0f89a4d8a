/* Registers the start of a process, which releases the leases of its predecessor. */
#include "config.h"

#include <stdio.h>

#include "core/base/arena.h"
#include "core/db/announce.h"

static const struct db_stmt start_stmt = { "core.program_start",
	"select core.program_start($1, $2, $3::text[])", 3, 0 };
const struct db_stmt *const announce_stmts[] = { &start_stmt, NULL };

bool
announce(struct db *db, const char *program, const char *holder, const char *short_name,
    const char *stripe_keys)
{
	const struct db_step step = { .stmt = &start_stmt,
		.params = DB_PARAMS(db_text(holder), db_text(short_name), db_text(stripe_keys)) };
	struct db_error error;
	struct db_rows rows;
	struct arena arena;
	enum db_result result;

	arena_init(&arena);
	result = db_run(db, &arena, &step, 1, db_deadline_ms(db), &rows, &error);
	if (result != DB_OK)
		fprintf(stderr, "%s: cannot register its start in the database: %s\n", program,
		    result == DB_RAISED ? error.message : "no answer");
	arena_release(&arena);
	return result == DB_OK;
}
