/* Finds the file in a request's body; reads multipart/form-data. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "core/base/limits.h"
#include "core/web/req.h"
#include "core/web/upload.h"

#define FORM "multipart/form-data"

/* Parts of a form are read one after the other, each from behind its boundary. */
struct form {
	struct req *req;
	const char *at;
	const char *end;
	const char *boundary; /* "\r\n--" and the form's boundary */
};

/* --- header values: type; name=value; name="value" --------------------------------------- */

static bool
is_type(const char *value, const char *wanted)
{
	size_t len = strcspn(value, "; \t");

	return len == strlen(wanted) && strncasecmp(value, wanted, len) == 0;
}

/* Reads the value of a parameter and goes behind it; NULL = a quote is not closed. */
static char *
parameter_value(struct arena *arena, const char **at)
{
	bool quoted = **at == '"';
	char *out = arena_alloc(arena, strlen(*at) + 1);
	size_t len = 0;

	*at += quoted;
	while (**at != '\0' && strchr(quoted ? "\"" : "; \t", **at) == NULL) {
		if (quoted && **at == '\\' && (*at)[1] != '\0')
			(*at)++;
		out[len++] = *(*at)++;
	}
	out[len] = '\0';
	if (quoted && **at != '"')
		return NULL;
	*at += quoted;
	return out;
}

/* A parameter of a header's value, NULL = it has none, or none that can be read. */
static const char *
parameter(struct arena *arena, const char *value, const char *wanted)
{
	const char *at = value + strcspn(value, ";");

	while (*at == ';') {
		const char *name = at + 1 + strspn(at + 1, " \t");
		size_t len = strcspn(name, "=;");
		char *text;

		at = name + len;
		if (*at != '=')
			continue;
		at++;
		text = parameter_value(arena, &at);
		if (text == NULL)
			return NULL;
		if (len == strlen(wanted) && strncasecmp(name, wanted, len) == 0)
			return text;
		at += strcspn(at, ";");
	}
	return NULL;
}

/* UTF-8, or a part of it. */
static bool
check_charset(struct req *req, const char *type)
{
	static const char *const good[] = { "utf-8", "utf8", "us-ascii", "ascii" };
	const char *charset = parameter(req->arena, type, "charset");

	for (size_t i = 0; charset != NULL && i < sizeof(good) / sizeof(good[0]); i++) {
		if (strcasecmp(charset, good[i]) == 0)
			charset = NULL;
	}
	if (charset == NULL)
		return true;
	problem(req, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
	    "the Content-Type says charset=%s; save the file as CSV UTF-8", charset);
	return false;
}

static bool
check_type(struct req *req)
{
	static const char *const types[] = { "text/csv", "application/vnd.ms-excel", FORM };
	const char *type = req->headers.content_type;

	for (size_t i = 0; type != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
		if (is_type(type, types[i]))
			return check_charset(req, type);
	}
	problem(req, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
	    "Content-Type must be text/csv, or " FORM " with one file");
	return false;
}

/* --- the form ------------------------------------------------------------------------------ */

__attribute__((format(printf, 2, 3))) static bool
wrong(struct form *form, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problem_field(form->req, "body", "%s", arena_vprintf(form->req->arena, format, args));
	va_end(args);
	return false;
}

/* One header of a part; its name, then the colon, matches in any case. */
static const char *
header_of(struct form *form, const char *head, const char *name)
{
	for (const char *line = head; *line != '\0'; line += strspn(line, "\r\n")) {
		size_t len = strcspn(line, "\r\n");

		if (strncasecmp(line, name, strlen(name)) == 0) {
			line += strlen(name);
			len -= strlen(name);
			return arena_strndup(form->req->arena, line + strspn(line, " \t"),
			    len - strspn(line, " \t"));
		}
		line += len;
	}
	return NULL;
}

static bool
check_part(struct form *form, const char *head)
{
	struct arena *arena = form->req->arena;
	const char *what = header_of(form, head, "Content-Disposition:");
	const char *type = header_of(form, head, "Content-Type:");
	const char *encoding = header_of(form, head, "Content-Transfer-Encoding:");
	const char *name = what == NULL ? NULL : parameter(arena, what, "name");

	if (what == NULL || !is_type(what, "form-data"))
		return wrong(form, "a part of the form has no Content-Disposition: form-data");
	if (parameter(arena, what, "filename") == NULL &&
	    parameter(arena, what, "filename*") == NULL)
		return wrong(form, "the form has the field \"%s\": send one file and nothing else",
		    name == NULL ? "" : name);
	if (encoding != NULL && strcasecmp(encoding, "8bit") != 0 &&
	    strcasecmp(encoding, "7bit") != 0 && strcasecmp(encoding, "binary") != 0)
		return wrong(form,
		    "the file has the Content-Transfer-Encoding %s: send it as it is", encoding);
	return type == NULL || check_charset(form->req, type);
}

/* Reads a part from behind its boundary, up to the next one. */
static bool
read_part(struct form *form, struct upload *file)
{
	const char *data, *end;
	size_t left = (size_t)(form->end - form->at);

	if (left < 2 || memcmp(form->at, "\r\n", 2) != 0 ||
	    (data = memmem(form->at, left, "\r\n\r\n", 4)) == NULL)
		return wrong(form, "a part of the form has no headers, or they do not end");
	if (data - form->at > LIMIT_PART_HEAD_BYTES || memchr(form->at, '\0', data - form->at))
		return wrong(form, "the headers of a part are longer than %d bytes, or no text",
		    LIMIT_PART_HEAD_BYTES);
	if (!check_part(form,
		arena_strndup(form->req->arena, form->at + 2, (size_t)(data - form->at - 2))))
		return false;
	/* A part without content ends where its headers do. */
	end = memmem(data + 2, (size_t)(form->end - data) - 2, form->boundary,
	    strlen(form->boundary));
	if (end == NULL)
		return wrong(form, "the form is cut off: its last boundary is missing");
	*file = (struct upload) { .data = data + 4,
		.len = end < data + 4 ? 0 : (size_t)(end - data) - 4 };
	form->at = end + strlen(form->boundary);
	return true;
}

static bool
read_form(struct form *form, struct upload *file)
{
	size_t left = (size_t)(form->end - form->at);
	size_t opening = strlen(form->boundary) - 2;

	if (left < opening || memcmp(form->at, form->boundary + 2, opening) != 0)
		return wrong(form, "the form does not begin with its boundary");
	form->at += opening;
	if (!read_part(form, file))
		return false;
	left = (size_t)(form->end - form->at);
	if (left < 2 || memcmp(form->at, "--", 2) != 0)
		return wrong(form, "the form has several parts: send one file and nothing else");
	if (left > 2 && (left != 4 || memcmp(form->at, "--\r\n", 4) != 0))
		return wrong(form, "something follows the form's last boundary");
	return true;
}

bool
upload_read(struct req *req, struct upload *file)
{
	const char *boundary;
	struct form form = { .req = req, .at = req->body, .end = req->body + req->body_len };

	if (!check_type(req))
		return false;
	*file = (struct upload) { .data = req->body, .len = req->body_len };
	if (!is_type(req->headers.content_type, FORM))
		return true;
	boundary = parameter(req->arena, req->headers.content_type, "boundary");
	if (boundary == NULL || boundary[0] == '\0' || strlen(boundary) > LIMIT_BOUNDARY_BYTES)
		return wrong(&form, "the Content-Type has no boundary of 1 to %d characters",
		    LIMIT_BOUNDARY_BYTES);
	form.boundary = arena_printf(req->arena, "\r\n--%s", boundary);
	return read_form(&form, file);
}
