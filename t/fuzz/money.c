/* Protects: no text crashes the reader of amounts, and it reads what is printed. */
#include <stdint.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"
#include "core/base/money.h"
#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_exponent(struct arena *arena, const char *text, size_t len, int exponent)
{
	int64_t floored = -1, again;
	const char *printed;

	if (!money_floor(text, len, exponent, &floored)) {
		CHECK(floored == -1);
		return;
	}
	CHECK(text_json_number(text, len) == len);
	CHECK(floored >= -MONEY_MAX && floored <= MONEY_MAX);
	printed = money_format(arena, floored, exponent);
	CHECK(money_floor(printed, strlen(printed), exponent, &again) && again == floored);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;

	arena_init(&arena);
	for (int exponent = 0; exponent <= 3; exponent++)
		check_exponent(&arena, (const char *)data, size, exponent);
	arena_release(&arena);
	return 0;
}
