/* Strict validation of JSON (RFC 8259) by recursive descent. */
#include "core/json/json_check.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/text.h"

/*
 * What json-c 0.16 allocates for a value, rounded up: an object has a table of 16 places from the
 * beginning, an array one of 32.  Both grow by doubling, which keeps the old one meanwhile; an
 * object does so with its 11th member.  A name, text or number adds its bytes.
 */
#define OBJECT_BYTES 800
#define OBJECT_MEMBERS 10
#define ARRAY_BYTES 384
#define ELEMENT_BYTES 24
#define MEMBER_BYTES 32
#define GROWN_MEMBER_BYTES 160
#define VALUE_BYTES 80

/* clang-format off */
#define TREE_REASON "its values take more memory than " LIMIT_TEXT(LIMIT_JSON_TREE_TIMES) \
	" times its length, or " LIMIT_TEXT(LIMIT_JSON_TREE_MIB) " MiB"
/* clang-format on */

struct reader {
	const char *at;
	const char *end;
	const char *why; /* the first thing that was wrong */
	int depth;
	size_t members_max;
	size_t members;
	size_t tree_bytes;
	size_t tree_max;
};

static bool read_value(struct reader *reader);

static bool
refuse(struct reader *reader, const char *why)
{
	reader->why = why;
	return false;
}

/* Notes what json-c will allocate for what is read next. */
static bool
spend(struct reader *reader, size_t bytes)
{
	reader->tree_bytes += bytes;
	return reader->tree_bytes <= reader->tree_max || refuse(reader, TREE_REASON);
}

/* The next byte, '\0' at the end (a NUL in the text is refused wherever it stands). */
static char
peek(const struct reader *reader)
{
	return reader->at < reader->end ? *reader->at : '\0';
}

static bool
take(struct reader *reader, char c)
{
	if (peek(reader) != c)
		return false;
	reader->at++;
	return true;
}

static void
skip_space(struct reader *reader)
{
	char c = peek(reader);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		reader->at++;
		c = peek(reader);
	}
}

/* The value of the four hex digits of \uXXXX; -1 = malformed. */
static int
read_hex4(struct reader *reader)
{
	int code = 0;

	for (int i = 0; i < 4; i++) {
		char c = peek(reader);

		if (c >= '0' && c <= '9')
			code = code * 16 + c - '0';
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			code = code * 16 + (c | 0x20) - 'a' + 10;
		else
			return -1;
		reader->at++;
	}
	return code;
}

/* After "\u".  A high surrogate must be followed by a low one; a single one is refused. */
static bool
read_unicode(struct reader *reader)
{
	int code = read_hex4(reader);

	if (code < 0)
		return refuse(reader, "bad escape");
	if (code == 0)
		return refuse(reader, "nul character");
	if (code < 0xd800 || code > 0xdfff)
		return true;
	if (code > 0xdbff || !take(reader, '\\') || !take(reader, 'u'))
		return refuse(reader, "lone surrogate");
	code = read_hex4(reader);
	if (code < 0)
		return refuse(reader, "bad escape");
	if (code < 0xdc00 || code > 0xdfff)
		return refuse(reader, "lone surrogate");
	return true;
}

static bool
read_escape(struct reader *reader)
{
	char c = peek(reader);

	if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL)
		return refuse(reader, "bad escape");
	reader->at++;
	return c != 'u' || read_unicode(reader);
}

/* After the opening quote. */
static bool
read_string(struct reader *reader)
{
	while (reader->at < reader->end) {
		unsigned char c = (unsigned char)*reader->at++;

		if (c == '"')
			return true;
		if (c < 0x20)
			return refuse(reader, "control character in a string");
		if (c == '\\' && !read_escape(reader))
			return false;
	}
	return refuse(reader, "string without an end");
}

static bool
read_number(struct reader *reader)
{
	size_t len = text_json_number(reader->at, (size_t)(reader->end - reader->at));

	if (len == 0)
		return refuse(reader, "number out of form");
	reader->at += len;
	return true;
}

static bool
read_word(struct reader *reader, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
		return refuse(reader, "not a value");
	reader->at += len;
	return true;
}

static bool
read_member(struct reader *reader)
{
	const char *name;

	skip_space(reader);
	name = reader->at;
	if (!take(reader, '"'))
		return refuse(reader, "no name");
	if (!read_string(reader) || !spend(reader, MEMBER_BYTES + (size_t)(reader->at - name)))
		return false;
	skip_space(reader);
	if (!take(reader, ':'))
		return refuse(reader, "no colon after a name");
	reader->members++;
	return read_value(reader);
}

static bool
read_element(struct reader *reader)
{
	return spend(reader, ELEMENT_BYTES) && read_value(reader);
}

/* A text or number, of which json-c and the arena keep a copy. */
static bool
read_scalar(struct reader *reader, bool (*read)(struct reader *))
{
	const char *from = reader->at;

	return read(reader) && spend(reader, VALUE_BYTES + (size_t)(reader->at - from));
}

/* After the opening bracket: elements with commas between them up to `close`. */
static bool
read_list(struct reader *reader, char close, bool (*element)(struct reader *), size_t max)
{
	size_t count = 0;

	if (++reader->depth > LIMIT_JSON_DEPTH)
		return refuse(reader, "nested deeper than " LIMIT_TEXT(LIMIT_JSON_DEPTH));
	skip_space(reader);
	if (!take(reader, close)) {
		do {
			if (++count > max)
				return refuse(reader,
				    "more than " LIMIT_TEXT(
					LIMIT_JSON_MEMBERS) " names in one object");
			if (close == '}' && count > OBJECT_MEMBERS &&
			    !spend(reader, GROWN_MEMBER_BYTES))
				return false;
			if (!element(reader))
				return false;
			skip_space(reader);
		} while (take(reader, ','));
		if (!take(reader, close))
			return refuse(reader, "no comma or end of a list");
	}
	reader->depth--;
	return true;
}

static bool
read_value(struct reader *reader)
{
	skip_space(reader);
	switch (peek(reader)) {
	case '{':
		reader->at++;
		return spend(reader, OBJECT_BYTES) &&
		    read_list(reader, '}', read_member, reader->members_max);
	case '[':
		reader->at++;
		return spend(reader, ARRAY_BYTES) && read_list(reader, ']', read_element, SIZE_MAX);
	case '"':
		reader->at++;
		return read_scalar(reader, read_string);
	case 't':
		return spend(reader, VALUE_BYTES) && read_word(reader, "true");
	case 'f':
		return spend(reader, VALUE_BYTES) && read_word(reader, "false");
	case 'n':
		return read_word(reader, "null");
	case '-':
	case '0' ... '9':
		return read_scalar(reader, read_number);
	default:
		return refuse(reader, "not a value");
	}
}

/* A document of usual values costs up to 10 times its text. */
static size_t
tree_max(size_t len)
{
	size_t bytes = LIMIT_JSON_TREE_START_BYTES + len * LIMIT_JSON_TREE_TIMES;

	return bytes < LIMIT_JSON_TREE_BYTES ? bytes : LIMIT_JSON_TREE_BYTES;
}

const char *
json_check(const char *text, size_t len, size_t members_max, size_t *members)
{
	struct reader reader = { .at = text,
		.end = text + len,
		.members_max = members_max,
		.tree_max = tree_max(len) };

	if (!text_utf8_valid(text, len))
		return "not valid UTF-8";
	if (!read_value(&reader))
		return reader.why;
	skip_space(&reader);
	if (reader.at != reader.end)
		return "trailing bytes";
	*members = reader.members;
	return NULL;
}
