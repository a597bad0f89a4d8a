/*
 * Protects: a page of a list is split in the same way wherever the network cuts it.
 */
#include <string.h>

#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/stripe/list_scan.h"
#include "t/lib/tap.h"

static const char page[] = " {\"object\" : \"list\", \"url\":\"/v1/e?data=[{\", \"data\": [ "
			   "{\"id\":\"evt_2\",\"n\":{\"id\":\"in\",\"type\":\"t\"},\"type\":"
			   "\"a.\\\"b\",\"type\":\"c.d\"},"
			   "[{\"id\":\"no\"}],\"x\\\\\", {\"id\":\"evt_1\"}\n], \"has_more\":true}";
static const char rest[] = " {\"object\" : \"list\", \"url\":\"/v1/e?data=[{\", \"data\": [], "
			   "\"has_more\":true}";

/* Splits the page in pieces of `step` bytes. */
static void
test_pieces(size_t step)
{
	static const char *const texts[] = {
		"{\"id\":\"evt_2\",\"n\":{\"id\":\"in\",\"type\":\"t\"},\"type\":\"a.\\\"b\","
		"\"type\":\"c.d\"}",
		"[{\"id\":\"no\"}]", "\"x\\\\\"", "{\"id\":\"evt_1\"}\n"
	};
	static const char *const ids[] = { "evt_2", "", "", "evt_1" };
	struct list_scan scan;
	struct arena arena;
	struct buf buf;

	arena_init(&arena);
	buf_init(&buf, &arena, sizeof(page));
	list_scan_init(&scan, &arena);
	list_scan_begin(&scan);
	for (size_t at = 0; at < sizeof(page) - 1; at += step) {
		size_t left = sizeof(page) - 1 - at;

		if (!list_scan_add(&scan, page + at, left < step ? left : step, &buf))
			break;
	}
	is_str(buf.data, rest, "pieces of %zu: the page without its elements", step);
	is_int((int64_t)scan.count, 4, "pieces of %zu: elements", step);
	for (size_t i = 0; i < scan.count; i++) {
		is_str(scan.kept.data + scan.elements[i].start, texts[i], "pieces of %zu: text %zu",
		    step, i);
		is_str(scan.elements[i].id, ids[i], "pieces of %zu: id %zu", step, i);
	}
	is_str(scan.elements[0].type, "c.d", "pieces of %zu: a member with an escape has no value",
	    step);
	arena_release(&arena);
}

int
main(void)
{
	log_init("test", LOG_LEVEL_ERROR);
	for (size_t step = 1; step < sizeof(page); step++)
		test_pieces(step);
	return done();
}
