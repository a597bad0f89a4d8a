/* Protects: no text crashes the readers of amounts, and they agree with each other. */
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
	int64_t parsed = -1, floored = -1, again;
	bool taken = money_parse(text, len, exponent, &parsed);
	const char *printed;

	CHECK(taken || parsed == -1);
	if (money_floor(text, len, exponent, &floored)) {
		CHECK(text_json_number(text, len) == len);
		CHECK(floored >= -MONEY_MAX && floored <= MONEY_MAX);
	}
	if (!taken)
		return;
	CHECK(floored == parsed && parsed >= 0 && parsed <= MONEY_MAX);
	printed = money_format(arena, parsed, exponent);
	CHECK(money_parse(printed, strlen(printed), exponent, &again) && again == parsed);
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
