/* Parameters of statements and cells of results, in libpq's formats. */
#include "config.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/misfit.h"
#include "core/db/value.h"

/* pg_type.oid of text, a constant of PostgreSQL. */
#define TEXT_OID 25

struct db_param
db_text(const char *text)
{
	return (struct db_param) { .value = text };
}

struct db_param
db_int(struct arena *arena, int64_t n)
{
	return (struct db_param) { .value = arena_printf(arena, "%lld", (long long)n) };
}

uint64_t
db_nonce(void)
{
	static _Atomic uint64_t last;

	return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

struct db_param
db_nonce_param(struct arena *arena, uint64_t nonce)
{
	return db_text(arena_printf(arena, "%llx", (unsigned long long)nonce));
}

struct db_param
db_bool(bool b)
{
	return (struct db_param) { .value = b ? "t" : "f" };
}

struct db_param
db_bytes(const void *data, size_t len)
{
	return (struct db_param) { .value = data, .len = (int)len, .binary = true };
}

struct db_step
db_step_keep(struct arena *arena, const struct db_stmt *stmt, const struct db_param *params)
{
	size_t bytes = (size_t)stmt->params * sizeof(*params);

	return (struct db_step) { .stmt = stmt,
		.params = memcpy(arena_alloc(arena, bytes), params, bytes) };
}

static size_t
text_len(const char *text)
{
	return text == NULL ? 0 : strlen(text);
}

/*
 * PostgreSQL's binary format of a one-dimensional array: a header, then each element after
 * its length.
 */
static char *
put_int32(char *at, uint32_t n)
{
	n = htonl(n);
	memcpy(at, &n, sizeof(n));
	return at + sizeof(n);
}

static char *
put_text(char *at, const char *text)
{
	size_t len = text_len(text);

	at = put_int32(at, text == NULL ? UINT32_MAX : (uint32_t)len);
	return len == 0 ? at : (char *)memcpy(at, text, len) + len;
}

static struct db_param
texts(struct arena *arena, const struct db_param *const *rows, size_t count, int column)
{
	/* dimensions, has nulls, type, length, first index */
	const uint32_t head[] = { 1, 1, TEXT_OID, (uint32_t)count, 1 };
	size_t len = sizeof(head) + count * sizeof(uint32_t);
	char *data, *at;

	for (size_t i = 0; i < count; i++)
		len += text_len(rows[i][column].value);
	data = at = arena_alloc(arena, len);
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		at = put_int32(at, head[i]);
	for (size_t i = 0; i < count; i++)
		at = put_text(at, rows[i][column].value);
	return db_bytes(data, len);
}

void
db_columns(struct arena *arena, const struct db_param *const *rows, size_t count, int columns,
    struct db_param *params)
{
	for (int column = 0; column < columns; column++)
		params[column] = texts(arena, rows, count, column);
}

int
db_column(const struct db_rows *rows, const char *name)
{
	int column = PQfnumber(rows->result, name);

	if (column < 0)
		MISFIT("no column \"%s\" in the answer", name);
	return column;
}

const char *
db_cell(const struct db_rows *rows, int row, int column)
{
	FIT(row < rows->count);
	if (PQgetisnull(rows->result, row, column))
		return NULL;
	return PQgetvalue(rows->result, row, column);
}

const char *
db_value(const struct db_rows *rows, int row, const char *name)
{
	return db_cell(rows, row, db_column(rows, name));
}

int64_t
db_value_int(const struct db_rows *rows, int row, const char *name)
{
	const char *text = db_value(rows, row, name);

	FIT(text != NULL);
	return strtoll(text, NULL, 10);
}

bool
db_value_bool(const struct db_rows *rows, int row, const char *name)
{
	const char *text = db_value(rows, row, name);

	FIT(text != NULL);
	return text[0] == 't';
}
