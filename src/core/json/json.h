/*
 * JSON reader: the only user of json-c.  Accepts exactly RFC 8259 and refuses what
 * json-c lets pass: NaN, leading zeros, "2.", single quotes, raw control
 * characters, comments, trailing bytes, duplicate names, \u0000, lone
 * surrogates, bad UTF-8, nesting over LIMIT_JSON_DEPTH, more values than fit into
 * LIMIT_JSON_TREE_BYTES or than the text's length bears out, more than
 * LIMIT_JSON_MEMBERS names in one object for request bodies (json_parse_body)
 * -- answers of upstreams (json_parse) may have more.
 *
 * Values are borrowed: they live until the arena is reset.
 */
#ifndef PURSER_JSON_JSON_H
#define PURSER_JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json; /* one value; never NULL except where said */

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* NULL = refused; *why is then a short lower-case reason in static memory. */
const struct json *json_parse(struct arena *arena, const char *text, size_t len, const char **why);
const struct json *json_parse_body(struct arena *arena, const char *text, size_t len,
    const char **why);

enum json_type json_type(const struct json *value);

/*
 * Member of an object or NULL, also when `object` is NULL or no object;
 * json_path("a.b.c") walks objects.
 */
const struct json *json_get(const struct json *object, const char *name);
const struct json *json_path(const struct json *object, const char *path);

size_t json_length(const struct json *array); /* 0 for anything but an array or object */
/* NULL past the end and for anything but an array. */
const struct json *json_at(const struct json *array, size_t i);

/* Calls visit for each member of an object in its order. */
void json_each(const struct json *object,
    void (*visit)(const char *name, const struct json *value, void *context), void *context);

/* A string's text (NUL-terminated, holds no NUL); NULL for anything else and for NULL. */
const char *json_text(const struct json *value);

/* Is it this string? */
bool json_is_text(const struct json *value, const char *expected);

/* A number's text exactly as it was written, or NULL. */
const char *json_number_text(const struct json *value);

/* True and *n: the value is an integer literal in [min, max], no fraction, no exponent. */
bool json_int(const struct json *value, int64_t min, int64_t max, int64_t *n);

/* True and *b when the value is true or false. */
bool json_bool(const struct json *value, bool *b);

/* The value printed again (numbers as they were written). */
const char *json_print(struct arena *arena, const struct json *value);

#endif
