/* JSON writer. */
#include "core/json/json_out.h"

#include <string.h>

#include "core/base/bug.h"
#include "core/base/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void
json_out_init(struct json_out *out, struct buf *buf)
{
	*out = (struct json_out) { .buf = buf };
}

/* Writes the comma and the name that precede a value. */
static void
begin(struct json_out *out, const char *name)
{
	bool in_object = out->depth > 0 && out->close[out->depth - 1] == '}';
	size_t len = name == NULL ? 0 : strlen(name);
	char *at = buf_extend(out->buf, (size_t)out->comma + (name == NULL ? 0 : len + 3));

	CHECK(in_object == (name != NULL));
	if (at != NULL && out->comma)
		*at++ = ',';
	out->comma = true;
	if (at == NULL || name == NULL)
		return;
	*at = '"';
	memcpy(at + 1, name, len);
	memcpy(at + 1 + len, "\":", 2);
}

static void
open_level(struct json_out *out, const char *name, char open, char close)
{
	begin(out, name);
	CHECK(out->depth < JSON_OUT_DEPTH);
	out->close[out->depth++] = close;
	buf_char(out->buf, open);
	out->comma = false;
}

void
json_out_object(struct json_out *out, const char *name)
{
	open_level(out, name, '{', '}');
}

void
json_out_array(struct json_out *out, const char *name)
{
	open_level(out, name, '[', ']');
}

void
json_out_close(struct json_out *out)
{
	CHECK(out->depth > 0);
	buf_char(out->buf, out->close[--out->depth]);
	out->comma = true;
}

void
json_out_finish(struct json_out *out)
{
	while (out->depth > 0)
		json_out_close(out);
}

static void
escape_char(struct buf *buf, unsigned char c)
{
	static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *pair = letters; *pair != '\0'; pair += 2) {
		if (c == (unsigned char)pair[0]) {
			buf_char(buf, '\\');
			buf_char(buf, pair[1]);
			return;
		}
	}
	buf_printf(buf, "\\u%04x", c);
}

/*
 * SWAR: do eight bytes need no escape?  The high bit of a byte is set by a byte
 * that is not ASCII, a control character, a quote or a backslash.
 */
static bool
plain_eight(const char *text)
{
	const uint64_t each = 0x0101010101010101;
	uint64_t bytes;

	memcpy(&bytes, text, sizeof(bytes));
	return ((bytes | (bytes - each * ' ') | ((bytes ^ each * '"') - each) |
		    ((bytes ^ each * '\\') - each)) &
		   each * 0x80) == 0;
}

/* The length of the prefix that needs no escape. */
static size_t
plain_length(const char *text, size_t len)
{
	size_t plain = 0, step;

	while (plain + 8 <= len && plain_eight(text + plain))
		plain += 8;
	while (plain < len) {
		unsigned char c = (unsigned char)text[plain];

		if (c < ' ' || c == '"' || c == '\\')
			break;
		step = c < 0x80 ? 1 : text_utf8_sequence(text + plain, len - plain);
		if (step == 0)
			break;
		plain += step;
	}
	return plain;
}

static void
add_plain(struct buf *buf, const char *text, size_t len)
{
	char *at = buf_extend(buf, len + 2);

	if (at == NULL)
		return;
	at[0] = '"';
	memcpy(at + 1, text, len);
	at[1 + len] = '"';
}

static void
add_escaped(struct buf *buf, const char *text, size_t len)
{
	buf_char(buf, '"');
	while (len > 0) {
		size_t plain = plain_length(text, len);

		buf_add(buf, text, plain);
		text += plain;
		len -= plain;
		if (len == 0)
			break;
		if ((unsigned char)*text >= 0x80)
			buf_str(buf, REPLACEMENT);
		else
			escape_char(buf, (unsigned char)*text);
		text++;
		len--;
	}
	buf_char(buf, '"');
}

void
json_out_text(struct json_out *out, const char *name, const char *text)
{
	size_t len;

	if (text == NULL) {
		json_out_null(out, name);
		return;
	}
	begin(out, name);
	len = strlen(text);
	if (plain_length(text, len) == len)
		add_plain(out->buf, text, len);
	else
		add_escaped(out->buf, text, len);
}

void
json_out_int(struct json_out *out, const char *name, int64_t n)
{
	begin(out, name);
	buf_int(out->buf, n);
}

void
json_out_bool(struct json_out *out, const char *name, bool b)
{
	json_out_raw(out, name, b ? "true" : "false");
}

void
json_out_null(struct json_out *out, const char *name)
{
	json_out_raw(out, name, NULL);
}

void
json_out_raw(struct json_out *out, const char *name, const char *json)
{
	begin(out, name);
	buf_str(out->buf, json == NULL ? "null" : json);
}

void
json_out_compact(struct json_out *out, const char *name, const char *json)
{
	bool in_text = false;

	if (json == NULL) {
		json_out_null(out, name);
		return;
	}
	begin(out, name);
	for (; *json != '\0'; json++) {
		if (*json == '"')
			in_text = !in_text;
		if (in_text && *json == '\\' && json[1] != '\0')
			buf_char(out->buf, *json++);
		if (in_text || strchr(" \t\r\n", *json) == NULL)
			buf_char(out->buf, *json);
	}
}
