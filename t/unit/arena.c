/* Protects: blocks of an arena are aligned, do not overlap, and are released in order. */
#include <stdint.h>
#include <string.h>

#include "core/base/arena.h"
#include "t/lib/tap.h"

static char order[16], letters[][2] = { "a", "b", "c", "d" };

static void
note(void *ptr)
{
	strncat(order, ptr, sizeof order - strlen(order) - 1);
}

static const struct size_case {
	const char *name;
	size_t bytes;
} size_cases[] = {
	{ "no byte", 0 },
	{ "one byte", 1 },
	{ "not a multiple of the alignment", 17 },
	{ "small at its most", 4096 },
	{ "large at its least", 4097 },
	{ "just a chunk", 16 * 1024 },
	{ "more than a chunk", 1024 * 1024 },
};

/* Fills n blocks of every size, then looks whether one wrote over another. */
static void
test_sizes(struct arena *arena)
{
	enum { BLOCKS = 20 };
	unsigned char *block[BLOCKS];

	for (size_t c = 0; c < sizeof size_cases / sizeof *size_cases; c++) {
		size_t bytes = size_cases[c].bytes;
		bool aligned = true, kept = true;

		for (int i = 0; i < BLOCKS; i++) {
			block[i] = arena_alloc(arena, bytes);
			aligned = aligned && (uintptr_t)block[i] % 16 == 0;
			memset(block[i], i, bytes);
		}
		for (int i = 0; i < BLOCKS; i++) {
			for (size_t b = 0; b < bytes; b++)
				kept = kept && block[i][b] == i;
		}
		ok(aligned, "%s: aligned to 16", size_cases[c].name);
		ok(kept, "%s: blocks do not overlap", size_cases[c].name);
	}
}

static void
test_zero(struct arena *arena)
{
	unsigned char *block;
	int set = 0;

	memset(arena_alloc(arena, 1000), 0xff, 1000);
	arena_reset(arena);
	block = arena_zalloc(arena, 1000);
	for (int i = 0; i < 1000; i++)
		set += block[i] != 0;
	is_int(set, 0, "zalloc clears memory that was used before");
}

static void
test_text(struct arena *arena)
{
	char big[5000];

	is_str(arena_strdup(arena, "abc"), "abc", "strdup copies");
	is_str(arena_strdup(arena, NULL), NULL, "strdup of NULL is NULL");
	is_str(arena_strndup(arena, "abcdef", 3), "abc", "strndup ends in NUL");
	is_str(arena_strndup(arena, "", 0), "", "strndup of nothing");
	is_str(arena_printf(arena, "%d-%s", 7, "x"), "7-x", "arena_printf prints a short text");
	memset(big, 'y', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	is_str(arena_printf(arena, "%s", big), big, "printf of 5000 bytes");
}

static void
test_cleanups(struct arena *arena)
{
	order[0] = '\0';
	arena_defer(arena, note, letters[0]);
	arena_defer(arena, note, letters[1]);
	arena_alloc(arena, 100000);
	arena_defer(arena, note, letters[2]);
	arena_reset(arena);
	is_str(order, "cba", "cleanups run last first");
	arena_reset(arena);
	is_str(order, "cba", "cleanups run only once");
	arena_defer(arena, note, letters[3]);
	arena_release(arena);
	is_str(order, "cbad", "release runs the cleanups too");
}

#if !defined(__SANITIZE_ADDRESS__)
static void
test_first_chunk(struct arena *arena)
{
	void *first;

	arena_reset(arena);
	first = arena_alloc(arena, 64);
	for (int i = 0; i < 1000; i++)
		arena_alloc(arena, 512);
	arena_reset(arena);
	ok(arena_alloc(arena, 64) == first, "reset goes back to the first chunk");
}
#else
static void
test_first_chunk(struct arena *arena)
{
	(void)arena;
	skip(1, "under AddressSanitizer nothing is kept");
}
#endif

int
main(void)
{
	struct arena arena;

	arena_init(&arena);
	test_sizes(&arena);
	test_zero(&arena);
	test_text(&arena);
	test_first_chunk(&arena);
	test_cleanups(&arena);
	is_str(arena_strdup(&arena, "again"), "again", "usable after release");
	arena_release(&arena);
	return done();
}
