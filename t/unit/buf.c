/* Protects: a growing buffer has what was added, ends in NUL, and never passes its ceiling. */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "t/lib/tap.h"

static const struct ceiling_case {
	const char *name;
	size_t ceiling;
	size_t adds; /* of three bytes each */
	size_t len;
	bool overflow;
} ceiling_cases[] = {
	{ "nothing fits into nothing", 0, 1, 0, true },
	{ "nothing added to nothing", 0, 0, 0, false },
	{ "below the ceiling", 10, 3, 9, false },
	{ "exactly the ceiling", 9, 3, 9, false },
	{ "the add that would pass it is left out whole", 8, 3, 6, true },
	{ "every add after an overflow is left out", 8, 30, 6, true },
	{ "at the first allocation", 255, 85, 255, false },
	{ "one past the first allocation", 258, 86, 258, false },
	{ "many doublings", 30000, 10000, 30000, false },
	{ "many doublings and one too many", 29999, 10000, 29997, true },
};

static void
test_ceiling(struct arena *arena, const struct ceiling_case *c)
{
	struct buf buf;
	size_t wrong = 0;

	buf_init(&buf, arena, c->ceiling);
	for (size_t i = 0; i < c->adds; i++)
		buf_str(&buf, "abc");
	for (size_t i = 0; i < buf.len; i++)
		wrong += buf.data[i] != "abc"[i % 3];
	is_int((int64_t)buf.len, (int64_t)c->len, "%s: length", c->name);
	ok(buf.overflow == c->overflow, "%s: overflow", c->name);
	ok(wrong == 0 && buf.data[buf.len] == '\0', "%s: contents and NUL", c->name);
	ok(buf.len < buf.size && buf.size <= c->ceiling + 1, "%s: size", c->name);
}

static void
test_verbs(struct arena *arena)
{
	struct buf buf;

	buf_init(&buf, arena, 100);
	is_str(buf.data, "", "a new buffer is empty");
	buf_add(&buf, "a\0b", 3);
	ok(buf.len == 3 && memcmp(buf.data, "a\0b", 4) == 0, "add takes NUL bytes");
	buf_clear(&buf);
	is_str(buf.data, "", "clear empties the buffer");
	memcpy(buf_extend(&buf, 2), "ab", 2);
	is_str(buf.data, "ab", "extend adds its bytes");
	ok(buf_extend(&buf, 99) == NULL && buf.len == 2 && buf.overflow,
	    "extend does not pass the ceiling");
	buf_clear(&buf);
	buf_char(&buf, 'x');
	buf_int(&buf, INT64_MIN);
	buf_int(&buf, 0);
	buf_printf(&buf, "[%s|%03d]", "y", 7);
	is_str(buf.data, "x-92233720368547758080[y|007]", "char, int, printf");
	buf_printf(&buf, "%100s", "z");
	ok(buf.overflow, "printf past the ceiling overflows");
	is_str(buf.data, "x-92233720368547758080[y|007]", "printf past the ceiling adds nothing");
	buf_char(&buf, 'x');
	is_int((int64_t)buf.len, 29, "a shorter text after an overflow adds nothing");
	buf_clear(&buf);
	ok(!buf.overflow && buf.len == 0, "clear forgets the overflow");
}

int
main(void)
{
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof ceiling_cases / sizeof *ceiling_cases; i++)
		test_ceiling(&arena, &ceiling_cases[i]);
	test_verbs(&arena);
	arena_release(&arena);
	return done();
}
