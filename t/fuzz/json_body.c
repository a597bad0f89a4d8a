/* Protects: no body crashes the JSON reader, and a body that it accepts prints as itself. */
#include <stdint.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/json/json.h"
#include "core/json/json_out.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Looks at a value in every way that a handler may. */
static void
visit(const char *name, const struct json *value, void *context)
{
	struct arena *arena = context;
	const char *number = json_number_text(value), *text = json_text(value);
	struct json_out out;
	struct buf buf;
	int64_t n;

	CHECK(value != NULL && name != NULL);
	CHECK((number != NULL) == (json_type(value) == JSON_NUMBER));
	CHECK((text != NULL) == (json_type(value) == JSON_STRING));
	if (json_int(value, INT64_MIN, INT64_MAX, &n))
		CHECK(strpbrk(number, ".eE") == NULL);
	if (text != NULL) {
		const char *why;

		buf_init(&buf, arena, 10000000);
		json_out_init(&out, &buf);
		json_out_text(&out, NULL, text);
		CHECK(strcmp(json_text(json_parse(arena, buf.data, buf.len, &why)), text) == 0);
	}
	for (size_t i = 0; json_at(value, i) != NULL; i++)
		visit("", json_at(value, i), arena);
	json_each(value, visit, arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct json *body, *again;
	const char *why, *printed;
	struct arena arena;

	arena_init(&arena);
	body = json_parse_body(&arena, (const char *)data, size, &why);
	CHECK((body == NULL) == (why != NULL));
	CHECK(why == NULL || strcmp(why, "refused by json-c") != 0);
	if (body != NULL) {
		visit("", body, &arena);
		printed = json_print(&arena, body);
		again = json_parse_body(&arena, printed, strlen(printed), &why);
		CHECK(again != NULL);
		CHECK(strcmp(json_print(&arena, again), printed) == 0);
	}
	arena_release(&arena);
	return 0;
}
