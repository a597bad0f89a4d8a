/* Builds one line of key=value pairs and writes it to standard error. */
#include "core/base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/limits.h"

/* The mark of a value that was cut, and of a line that lost its last pairs. */
#define LOG_CUT_VALUE "..."
#define LOG_CUT_LINE " cut=yes"

/* Reserved in every line for its end. */
#define LOG_END_BYTES (sizeof LOG_CUT_LINE "\n" - 1)

struct line {
	char text[LIMIT_LOG_LINE_BYTES];
	size_t len;
	bool full; /* a pair did not fit; no later one is added */
};

static const char *const level_names[] = { "debug", "info", "warn", "error" };

/* Set once by log_init(), before any thread. */
static const char *log_program;
static enum log_level log_least = LOG_LEVEL_INFO;

void
log_init(const char *program, enum log_level least)
{
	log_program = program;
	log_least = least;
}

int
log_level_parse(const char *name)
{
	for (int level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_ERROR; level++) {
		if (strcmp(name, level_names[level]) == 0)
			return level;
	}
	return -1;
}

bool
log_wants(enum log_level level)
{
	return level >= log_least;
}

static void
line_add(struct line *line, const char *text, size_t len)
{
	if (line->full || len > sizeof line->text - LOG_END_BYTES - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

static void
line_str(struct line *line, const char *text)
{
	line_add(line, text, strlen(text));
}

/* Escapes all but printable ASCII, so that no value can break or forge a line. */
static void
line_escaped(struct line *line, const char *value, size_t len)
{
	char hex[sizeof "\\xff"];

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)value[i];

		if (c == '"' || c == '\\') {
			line_add(line, "\\", 1);
			line_add(line, value + i, 1);
		} else if (c == '\n') {
			line_str(line, "\\n");
		} else if (c >= 0x20 && c <= 0x7e) {
			line_add(line, value + i, 1);
		} else {
			snprintf(hex, sizeof hex, "\\x%02x", c);
			line_str(line, hex);
		}
	}
}

static bool
is_plain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '*' && c <= ';') ||
	    c == '_' || c == '@' || c == '%' || c == '#';
}

static bool
is_plain(const char *value)
{
	const char *at = value;

	while (is_plain_char(*at))
		at++;
	return at > value && *at == '\0';
}

static void
line_value(struct line *line, const char *value, bool quoted)
{
	size_t len = strnlen(value, LIMIT_LOG_VALUE_BYTES + 1);
	bool cut = len > LIMIT_LOG_VALUE_BYTES;

	if (!quoted && !cut && is_plain(value)) {
		line_add(line, value, len);
		return;
	}
	line_str(line, "\"");
	line_escaped(line, value, cut ? LIMIT_LOG_VALUE_BYTES : len);
	line_str(line, cut ? LOG_CUT_VALUE "\"" : "\"");
}

/* Adds a pair as a whole or not at all. */
static void
line_pair(struct line *line, const char *key, const char *value, bool quoted)
{
	size_t before = line->len;

	line_str(line, line->len == 0 ? "" : " ");
	line_str(line, key);
	line_str(line, "=");
	if (value == NULL)
		line_str(line, "-");
	else
		line_value(line, value, quoted);
	if (line->full)
		line->len = before;
}

/* One write(2) of less than PIPE_BUF bytes: lines of threads and processes do not mix. */
static void
line_write(struct line *line)
{
	const char *end = line->full ? LOG_CUT_LINE "\n" : "\n";
	ssize_t written;

	memcpy(line->text + line->len, end, strlen(end));
	line->len += strlen(end);
	do
		written = write(STDERR_FILENO, line->text, line->len);
	while (written < 0 && errno == EINTR);
}

void
log_event(enum log_level level, const char *request_id, const char *message, ...)
{
	char now[CLOCK_RFC3339_MS_BYTES];
	struct line line = { .len = 0 };
	const char *key;
	va_list args;

	if (!log_wants(level))
		return;
	clock_rfc3339_ms(clock_unix_ms(), now);
	line_pair(&line, "ts", now, false);
	line_pair(&line, "level", level_names[level], false);
	line_pair(&line, "program", log_program, false);
	line_pair(&line, "req", request_id, false);
	line_pair(&line, "msg", message, true);
	va_start(args, message);
	while ((key = va_arg(args, const char *)) != NULL)
		line_pair(&line, key, va_arg(args, const char *), false);
	va_end(args);
	line_write(&line);
}
