/* Protects: a log event is one whole line, whatever its values are. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/limits.h"
#include "core/base/log.h"
#include "t/lib/tap.h"

static char output[1 << 20];
static int real_stderr;

static FILE *
catch_begin(void)
{
	FILE *file = tmpfile();

	real_stderr = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	return file;
}

/* Leaves in `output` what was written to standard error since catch_begin(). */
static void
catch_end(FILE *file)
{
	size_t len;

	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	rewind(file);
	len = fread(output, 1, sizeof output - 1, file);
	output[len] = '\0';
	fclose(file);
}

static int
lines(void)
{
	int count = 0;

	for (const char *c = output; *c != '\0'; c++)
		count += *c == '\n';
	return count;
}

/* Cuts off "ts=2026-… " and the line break. */
static const char *
after_time(void)
{
	char *space = strchr(output, ' ');

	output[strcspn(output, "\n")] = '\0';
	return space == NULL ? output : space + 1;
}

static const struct value_case {
	const char *name, *value, *printed;
} value_cases[] = {
	{ "plain", "pay_1", "key=pay_1" },
	{ "no value", NULL, "key=-" },
	{ "empty", "", "key=\"\"" },
	{ "space", "a b", "key=\"a b\"" },
	{ "equals sign", "a=b", "key=\"a=b\"" },
	{ "quote and backslash", "a\"b\\", "key=\"a\\\"b\\\\\"" },
	{ "line feed", "a\nts=forged level=info", "key=\"a\\nts=forged level=info\"" },
	{ "carriage return", "a\rb", "key=\"a\\x0db\"" },
	{ "escape sequence", "\033[2J", "key=\"\\x1b[2J\"" },
	{ "delete", "\x7f", "key=\"\\x7f\"" },
	{ "next line (U+0085)", "\xc2\x85", "key=\"\\xc2\\x85\"" },
	{ "line separator (U+2028)", "\xe2\x80\xa8", "key=\"\\xe2\\x80\\xa8\"" },
	{ "bad utf-8", "\xff", "key=\"\\xff\"" },
};

static void
test_values(void)
{
	char want[256];

	for (size_t i = 0; i < sizeof value_cases / sizeof *value_cases; i++) {
		const struct value_case *c = &value_cases[i];
		FILE *file = catch_begin();

		log_event(LOG_LEVEL_WARN, "req_1", "hello", "key", c->value, NULL);
		catch_end(file);
		is_int(lines(), 1, "%s: one line", c->name);
		snprintf(want, sizeof want,
		    "level=warn program=purser-test req=req_1 msg=\"hello\" %s", c->printed);
		is_str(after_time(), want, "%s: printed", c->name);
	}
}

/* Every byte in every place that takes a value. */
static void
test_bytes(void)
{
	int wrong = 0;

	for (int byte = 1; byte < 256; byte++) {
		char value[] = { 'a', (char)byte, 'b', '\0' };
		FILE *file = catch_begin();

		log_event(LOG_LEVEL_INFO, value, value, "key", value, NULL);
		catch_end(file);
		wrong += lines() != 1 ||
		    output[strspn(output,
			"\n !\"#$%&'()*+,-./0123456789:;"
			"<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
			"abcdefghijklmnopqrstuvwxyz{|}~")] != 0;
	}
	is_int(wrong, 0, "every byte leaves one line of printable ASCII");
}

static void
test_length(void)
{
	static char huge[100000];
	char *tail;
	FILE *file;

	memset(huge, 'x', sizeof huge - 1);
	file = catch_begin();
	log_event(LOG_LEVEL_ERROR, NULL, "m", "key", huge, "next", "n", NULL);
	catch_end(file);
	is_int((int64_t)strspn(strchr(output, 'x'), "x"), LIMIT_LOG_VALUE_BYTES,
	    "a long value is cut");
	ok(strstr(output, "x...\" next=n\n") != NULL,
	    "the end of a long value is marked, and the next value follows");

	memset(huge, '\001', sizeof huge - 1);
	file = catch_begin();
	log_event(LOG_LEVEL_ERROR, huge, huge, "a", huge, "b", huge, "c", "see", NULL);
	catch_end(file);
	ok(strlen(output) <= LIMIT_LOG_LINE_BYTES, "a long line keeps the limit");
	is_int(lines(), 1, "a long line is one line");
	tail = output + strlen(output) - strlen("\\x01...\" cut=yes\n");
	is_str(tail, "\\x01...\" cut=yes\n", "a long line ends after a whole pair and has cut=yes");
}

static void
test_levels(void)
{
	FILE *file = catch_begin();

	log_init("purser-test", LOG_LEVEL_WARN);
	log_event(LOG_LEVEL_DEBUG, NULL, "no", NULL);
	log_event(LOG_LEVEL_INFO, NULL, "no", NULL);
	log_event(LOG_LEVEL_WARN, NULL, "yes", NULL);
	log_event(LOG_LEVEL_ERROR, NULL, "yes", NULL);
	log_init("purser-test", LOG_LEVEL_DEBUG);
	log_event(LOG_LEVEL_DEBUG, NULL, "yes", NULL);
	catch_end(file);
	is_int(lines(), 3, "lines below the least level are dropped");
	ok(strstr(output, "no") == NULL, "lines from the least level on are written");
	is_int(log_level_parse("debug"), LOG_LEVEL_DEBUG, "parse debug");
	is_int(log_level_parse("info"), LOG_LEVEL_INFO, "parse info");
	is_int(log_level_parse("warn"), LOG_LEVEL_WARN, "parse warn");
	is_int(log_level_parse("error"), LOG_LEVEL_ERROR, "parse error");
	is_int(log_level_parse("INFO"), -1, "parse INFO");
	is_int(log_level_parse(""), -1, "parse nothing");
}

static void *
write_many(void *name)
{
	for (int i = 0; i < 200; i++)
		log_event(LOG_LEVEL_INFO, name, name, "key", name, NULL);
	return NULL;
}

static void
test_threads(void)
{
	static char names[][9] = { "aaaaaaaa", "bbbbbbbb", "cccccccc", "dddddddd" };
	pthread_t thread[4];
	FILE *file = catch_begin();
	char want[128];
	int whole = 0;

	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, write_many, names[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	catch_end(file);
	is_int(lines(), 800, "four threads write all their lines");
	for (int i = 0; i < 4; i++) {
		snprintf(want, sizeof want, " req=%s msg=\"%s\" key=%s\n", names[i], names[i],
		    names[i]);
		for (const char *at = output; (at = strstr(at, want)) != NULL; at++)
			whole++;
	}
	is_int(whole, 800, "each of them whole");
}

int
main(void)
{
	log_init("purser-test", LOG_LEVEL_DEBUG);
	test_values();
	test_bytes();
	test_length();
	test_levels();
	test_threads();
	return done();
}
