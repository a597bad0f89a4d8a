/* Binds a JSON body to a struct. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/money.h"
#include "core/base/text.h"
#include "core/json/json.h"
#include "core/web/field.h"
#include "core/web/req.h"
#include "core/web/route.h"

/* "2 to 4" behind the first word; "2" behind the second where no other number is allowed. */
static const char *
range(struct req *req, const char *several, const char *one, const struct field *field)
{
	return field->min == field->max ?
	    arena_printf(req->arena, "%s%" PRId64, one, field->max) :
	    arena_printf(req->arena, "%s%" PRId64 " to %" PRId64, several, field->min, field->max);
}

static void
bind_text(struct req *req, const struct field *field, const struct json *value, char *slot)
{
	const char *text = json_text(value);
	size_t len;

	if (text == NULL) {
		problem_field(req, field->name, "must be a string");
		return;
	}
	len = text_utf8_length(text, strlen(text));
	if (len < (size_t)field->min || len > (size_t)field->max) {
		problem_field(req, field->name, "must have %s character%s",
		    range(req, "", "exactly ", field), field->max == 1 ? "" : "s");
		return;
	}
	memcpy(slot, &text, sizeof(text));
}

static void
bind_int(struct req *req, const struct field *field, const struct json *value, char *slot)
{
	int64_t n;

	if (!json_int(value, field->min, field->max, &n)) {
		problem_field(req, field->name, "must be a whole number%s",
		    range(req, " from ", ", ", field));
		return;
	}
	memcpy(slot, &n, sizeof(n));
}

const char *
field_cents_form(struct arena *arena, int64_t min, int64_t max)
{
	return arena_printf(arena, "a number from %s to %s with at most two decimals",
	    money_format(arena, min, 2), money_format(arena, max, 2));
}

static void
bind_cents(struct req *req, const struct field *field, const struct json *value, char *slot)
{
	struct field_number number = { .given = true };
	const char *text = json_number_text(value);

	if (text == NULL || !text_decimal(text, 2, field->min, field->max, &number.n)) {
		problem_field(req, field->name, "must be %s",
		    field_cents_form(req->arena, field->min, field->max));
		return;
	}
	memcpy(slot, &number, sizeof(number));
}

static void
bind_form(struct req *req, const struct field *field, const struct json *value, char *slot,
    bool is_form(const char *), const char *form)
{
	const char *text = json_text(value);

	if (text == NULL || !is_form(text))
		problem_field(req, field->name, "must be %s", form);
	else
		memcpy(slot, &text, sizeof(text));
}

/* Each element is a text of one to LIMIT_ELEMENT_CHARS characters. */
static bool
is_texts(const struct json *array)
{
	for (size_t i = 0; i < json_length(array); i++) {
		const char *text = json_text(json_at(array, i));
		size_t len = text == NULL ? 0 : text_utf8_length(text, strlen(text));

		if (len < 1 || len > LIMIT_ELEMENT_CHARS)
			return false;
	}
	return true;
}

static void
bind_texts(struct req *req, const struct field *field, const struct json *value, char *slot)
{
	size_t count = json_length(value);

	if (json_type(value) != JSON_ARRAY || count < (size_t)field->min ||
	    count > (size_t)field->max || !is_texts(value))
		problem_field(req, field->name,
		    "must be an array of %" PRId64 " to %" PRId64 " strings of 1 to %d characters",
		    field->min, field->max, LIMIT_ELEMENT_CHARS);
	else
		memcpy(slot, &value, sizeof(value));
}

static void
bind(struct req *req, const struct field *field, const struct json *value, char *slot)
{
	switch (field->type) {
	case FIELD_TEXT:
	case FIELD_CLEARABLE:
		bind_text(req, field, value, slot);
		break;
	case FIELD_INT:
		bind_int(req, field, value, slot);
		break;
	case FIELD_CENTS:
		bind_cents(req, field, value, slot);
		break;
	case FIELD_DATE:
		bind_form(req, field, value, slot, text_date, "a date like 2024-01-31");
		break;
	case FIELD_UUID:
		bind_form(req, field, value, slot, text_uuid, "a UUID");
		break;
	case FIELD_TEXTS:
		bind_texts(req, field, value, slot);
		break;
	case FIELD_FIXED:
		problem_field(req, field->name, "cannot be changed");
		break;
	}
}

/*
 * null counts as absent, but in a PUT: what is absent there keeps its value, so that null for a
 * field that cannot be empty would be ignored.
 */
static void
bind_null(struct req *req, const struct field *field, char *slot)
{
	if (field->type == FIELD_CLEARABLE)
		memcpy(slot, &(const char *) { "" }, sizeof(const char *));
	else if (strcmp(req->method, "PUT") == 0)
		problem_field(req, field->name,
		    field->type == FIELD_FIXED ? "cannot be changed" :
						 "must not be null; left out it keeps its value");
}

void
field_bind(struct req *req, const struct field *fields, const struct json *object, void *input)
{
	for (const struct field *f = fields; f->name != NULL; f++) {
		const struct json *value = json_get(object, f->name);
		char *slot = (char *)input + f->offset;
		bool is_null = value != NULL && json_type(value) == JSON_NULL;

		if (f->required && (value == NULL || is_null))
			problem_field(req, f->name, "is required");
		else if (is_null)
			bind_null(req, f, slot);
		else if (value != NULL)
			bind(req, f, value, slot);
	}
}
