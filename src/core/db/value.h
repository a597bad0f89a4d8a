/*
 * What travels to PostgreSQL and back: statements, their parameters, the steps of a call, the rows
 * and the error that answer it.
 */
#ifndef PURSER_DB_VALUE_H
#define PURSER_DB_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* One SQL function call or one select from a view, with $1, $2, … */
struct db_stmt {
	const char *name; /* "payments.checkout_begin": also fault point and log */
	const char *sql;
	int params;
	unsigned flags; /* of enum db_stmt_flag */
};

enum db_stmt_flag {
	/*
	 * Reads few rows by key and writes nothing: it may share a round trip with other
	 * callers' reads (pipelined_read.h).
	 */
	DB_PIPELINED = 1 << 0,
	/* Records what an upstream answered, and needs a proof (core/auth/outcome.h). */
	DB_OUTCOME = 1 << 1,
	/* Works on a file of many rows: has CALL_LONG_FACTOR times database_timeout_ms. */
	DB_LONG = 1 << 2,
};

/*
 * Keyset pagination, newest first: the end of a list's statement.  $1 is the limit, $2 the id
 * after which the page begins, or null.  Ids begin with their time, so they sort by it.
 */
#define DB_NEWEST_FIRST(view) \
	" and ($2::text is null or id < (select v.id from " view " v where v.id = $2))" \
	" order by id desc limit $1::int"

/* A parameter in PostgreSQL's text format, or bytes in binary format; value NULL is SQL null. */
struct db_param {
	const char *value;
	int len;
	bool binary;
};

struct db_param db_text(const char *text);
struct db_param db_int(struct arena *arena, int64_t n);
struct db_param db_bool(bool b);
struct db_param db_bytes(const void *data, size_t len);

/*
 * Turns rows of `columns` texts (db_text, NULL = SQL null) into one text[] per
 * column; the i-th elements are one row.
 */
void db_columns(struct arena *arena, const struct db_param *const *rows, size_t count, int columns,
    struct db_param *params);

#define DB_PARAMS(...) ((const struct db_param[]) { __VA_ARGS__ })

struct db_step {
	const struct db_stmt *stmt;
	const struct db_param *params; /* stmt->params of them */
	/*
	 * Proves that an answer belongs to this step; 0 = none.  One of the parameters is
	 * this number (db_nonce_param()); the statement returns it in the last column of
	 * its one row, and as the hint of an error that it raises (PU…).
	 */
	uint64_t nonce;
};

/* Copies a step and its parameters into the arena, for a caller that runs it later. */
struct db_step db_step_keep(struct arena *arena, const struct db_stmt *stmt,
    const struct db_param *params);

/* A nonce that no other step of this process has. */
uint64_t db_nonce(void);
struct db_param db_nonce_param(struct arena *arena, uint64_t nonce);

/* Rows of one step; the cells live as long as the arena. */
struct db_rows {
	const void *result; /* PGresult */
	int count;
};

enum db_result {
	DB_OK,
	DB_RAISED, /* the database raised error.sqlstate; nothing took effect */
	/* no connection, no answer in time, no resources: a write may or may not have committed */
	DB_UNAVAILABLE,
};

struct db_error {
	char sqlstate[6];
	const char *message;
	const char *column; /* of `raise … using column`, NULL = none */
};

/* Column number by name; a missing column, row or number is a misfit (core/base/misfit.h). */
int db_column(const struct db_rows *rows, const char *name);

/* Cell as text, NULL for SQL null. */
const char *db_cell(const struct db_rows *rows, int row, int column);

/* By name, for single rows. */
const char *db_value(const struct db_rows *rows, int row, const char *name);
int64_t db_value_int(const struct db_rows *rows, int row, const char *name); /* not null */
bool db_value_bool(const struct db_rows *rows, int row, const char *name);   /* not null */

#endif
