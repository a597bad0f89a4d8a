/* Reads JSON by json-c, after json_check() has accepted the text. */
#include <limits.h>
#include <stdint.h>
#include <string.h>

/* json-c has types with the names of our functions. */
#define json_bool jsonc_bool
#define json_type jsonc_type
#include <json-c/json.h>
#undef json_bool
#undef json_type

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/json/json.h"
#include "core/json/json_check.h"

/*
 * A struct json is json-c's object under another name.  json-c has no object
 * for null, so a pointer to this stands for it.
 */
static const char json_null;

/* Longest name in a path of json_path(), NUL included; our own literals. */
#define JSON_NAME_BYTES 64

static const struct json *
wrap(struct json_object *object)
{
	return object == NULL ? (const void *)&json_null : (const void *)object;
}

/* NULL for both null and no value.  Not const, because json-c's getters take it so. */
static struct json_object *
unwrap(const struct json *value)
{
	return value == (const void *)&json_null ? NULL : (void *)(uintptr_t)value;
}

/* A walk over a fresh tree in the order of the text. */
struct finish {
	struct arena *arena;
	const char *at; /* in the text: the next number is not before it */
	size_t members; /* seen so far */
};

static void finish_value(struct finish *finish, struct json_object *object);

/* From the opening quote to the character after the closing one. */
static const char *
string_end(const char *at)
{
	for (at++; *at != '"'; at++)
		at += *at == '\\';
	return at + 1;
}

/*
 * json-c keeps an integer as an int64_t, cut to its range, and a fraction as a
 * double.  So each number gets its text attached, from which it is read and
 * printed.  json_check() has accepted the text, so no bounds are checked.
 */
static void
finish_number(struct finish *finish, struct json_object *number)
{
	size_t len;

	while (*finish->at != '-' && (*finish->at < '0' || *finish->at > '9'))
		finish->at = *finish->at == '"' ? string_end(finish->at) : finish->at + 1;
	len = strspn(finish->at, "+-.eE0123456789");
	json_object_set_serializer(number, json_object_userdata_to_json_string,
	    arena_strndup(finish->arena, finish->at, len), NULL);
	finish->at += len;
}

static void
finish_object(struct finish *finish, struct json_object *object)
{
	struct json_object_iter member;

	json_object_object_foreachC(object, member)
	{
		finish->members++;
		finish_value(finish, member.val);
	}
}

/* Attaches the texts of the numbers below a value, and counts the names. */
static void
finish_value(struct finish *finish, struct json_object *object)
{
	switch (json_object_get_type(object)) {
	case json_type_object:
		finish_object(finish, object);
		break;
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(object); i++)
			finish_value(finish, json_object_array_get_idx(object, i));
		break;
	case json_type_int:
	case json_type_double:
		finish_number(finish, object);
		break;
	case json_type_null:
	case json_type_boolean:
	case json_type_string:
		break;
	}
}

static void
object_put(void *object)
{
	json_object_put(object);
}

/* text ends in NUL.  False = json-c refuses it. */
static bool
tree_of(const char *text, size_t len, struct json_object **tree)
{
	/* json-c counts one level more than brackets. */
	struct json_tokener *tokener = json_tokener_new_ex(LIMIT_JSON_DEPTH + 1);
	enum json_tokener_error error;

	CHECK(tokener != NULL);
	/* The NUL is parsed, too: it completes a number at the end. */
	*tree = json_tokener_parse_ex(tokener, text, (int)len + 1);
	error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	return error == json_tokener_success;
}

/* Validates the text, builds the tree and rejects duplicate names. */
static const struct json *
parse(struct arena *arena, const char *text, size_t len, size_t members_max, const char **why)
{
	struct finish finish = { .arena = arena };
	struct json_object *tree;
	size_t members;

	CHECK(len < INT_MAX);
	*why = json_check(text, len, members_max, &members);
	if (*why != NULL)
		return NULL;
	finish.at = arena_strndup(arena, text, len);
	if (!tree_of(finish.at, len, &tree)) {
		*why = "refused by json-c";
		return NULL;
	}
	arena_defer(arena, object_put, tree);
	finish_value(&finish, tree);
	if (finish.members != members) {
		*why = "duplicate name";
		return NULL;
	}
	return wrap(tree);
}

const struct json *
json_parse(struct arena *arena, const char *text, size_t len, const char **why)
{
	return parse(arena, text, len, SIZE_MAX, why);
}

const struct json *
json_parse_body(struct arena *arena, const char *text, size_t len, const char **why)
{
	return parse(arena, text, len, LIMIT_JSON_MEMBERS, why);
}

enum json_type
json_type(const struct json *value)
{
	switch (json_object_get_type(unwrap(value))) {
	case json_type_null:
		return JSON_NULL;
	case json_type_boolean:
		return JSON_BOOL;
	case json_type_int:
	case json_type_double:
		return JSON_NUMBER;
	case json_type_string:
		return JSON_STRING;
	case json_type_array:
		return JSON_ARRAY;
	case json_type_object:
		return JSON_OBJECT;
	}
	BUG("unknown type of json-c");
}

const struct json *
json_get(const struct json *object, const char *name)
{
	struct json_object *member;

	if (!json_object_is_type(unwrap(object), json_type_object) ||
	    !json_object_object_get_ex(unwrap(object), name, &member))
		return NULL;
	return wrap(member);
}

const struct json *
json_path(const struct json *object, const char *path)
{
	char name[JSON_NAME_BYTES];
	size_t len;

	for (;; path += len + 1) {
		len = strcspn(path, ".");
		CHECK(len < sizeof name);
		memcpy(name, path, len);
		name[len] = '\0';
		object = json_get(object, name);
		if (path[len] == '\0')
			return object;
	}
}

size_t
json_length(const struct json *array)
{
	struct json_object *value = unwrap(array);

	if (json_object_is_type(value, json_type_array))
		return json_object_array_length(value);
	if (json_object_is_type(value, json_type_object))
		return (size_t)json_object_object_length(value);
	return 0;
}

const struct json *
json_at(const struct json *array, size_t i)
{
	if (!json_object_is_type(unwrap(array), json_type_array) || i >= json_length(array))
		return NULL;
	return wrap(json_object_array_get_idx(unwrap(array), i));
}

void
json_each(const struct json *object,
    void (*visit)(const char *name, const struct json *value, void *context), void *context)
{
	struct json_object_iter member;

	if (!json_object_is_type(unwrap(object), json_type_object))
		return;
	json_object_object_foreachC(unwrap(object), member)
	    visit(member.key, wrap(member.val), context);
}

const char *
json_text(const struct json *value)
{
	if (!json_object_is_type(unwrap(value), json_type_string))
		return NULL;
	return json_object_get_string(unwrap(value));
}

bool
json_is_text(const struct json *value, const char *expected)
{
	const char *text = json_text(value);

	return text != NULL && strcmp(text, expected) == 0;
}

const char *
json_number_text(const struct json *value)
{
	if (unwrap(value) == NULL || json_type(value) != JSON_NUMBER)
		return NULL;
	return json_object_get_userdata(unwrap(value));
}

bool
json_int(const struct json *value, int64_t min, int64_t max, int64_t *n)
{
	const char *text = json_number_text(value);

	return text != NULL && text_int(text, min, max, n);
}

bool
json_bool(const struct json *value, bool *b)
{
	if (!json_object_is_type(unwrap(value), json_type_boolean))
		return false;
	*b = json_object_get_boolean(unwrap(value));
	return true;
}

const char *
json_print(struct arena *arena, const struct json *value)
{
	size_t len;
	const char *text = json_object_to_json_string_length(unwrap(value),
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);

	CHECK(text != NULL);
	return arena_strndup(arena, text, len);
}
