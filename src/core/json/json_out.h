/*
 * JSON writer: prints into a buf, escapes, puts commas, and closes open levels.
 * Text must be valid UTF-8 (the database guarantees it); a bad byte prints as
 * U+FFFD.  Names are literals and are not escaped.  In an array pass NULL as the
 * name.
 */
#ifndef PURSER_JSON_JSON_OUT_H
#define PURSER_JSON_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

#define JSON_OUT_DEPTH 16

struct json_out {
	struct buf *buf;
	int depth;
	bool comma;                 /* one is due before the next value */
	char close[JSON_OUT_DEPTH]; /* '}' or ']' of each open level */
};

/* Begins a document at the end of buf. */
void json_out_init(struct json_out *out, struct buf *buf);
void json_out_object(struct json_out *out, const char *name);
void json_out_array(struct json_out *out, const char *name);
void json_out_close(struct json_out *out);
void json_out_finish(struct json_out *out); /* closes every level */

void json_out_text(struct json_out *out, const char *name, const char *text); /* NULL -> null */
void json_out_int(struct json_out *out, const char *name, int64_t n);
void json_out_bool(struct json_out *out, const char *name, bool b);
void json_out_null(struct json_out *out, const char *name);

/*
 * Text that already is JSON: a number column, a stored document.  (A boolean
 * column is not: "t" or "f".)  NULL -> null.
 */
void json_out_raw(struct json_out *out, const char *name, const char *json);

/* The same without the blanks that PostgreSQL writes between the parts of a document. */
void json_out_compact(struct json_out *out, const char *name, const char *json);

#endif
