/* Splits a page of one of Stripe's lists into its elements while it arrives. */
#include "core/stripe/list_scan.h"

#include <string.h>

#include "core/base/arena.h"

void
list_scan_init(struct list_scan *scan, struct arena *arena)
{
	*scan = (struct list_scan) { 0 };
	buf_init(&scan->kept, arena, LIMIT_STRIPE_ELEMENTS_BYTES + LIMIT_STRIPE_ELEMENTS);
	scan->elements = arena_alloc(arena, LIMIT_STRIPE_ELEMENTS * sizeof(*scan->elements));
}

void
list_scan_begin(struct list_scan *scan)
{
	struct list_scan empty = { .kept = scan->kept, .elements = scan->elements };

	buf_clear(&empty.kept);
	*scan = empty;
}

/* --- names and values of the page's and the elements' members ----------------- */

/* Are the strings here names or values of members of interest? */
static bool
has_members(const struct list_scan *scan)
{
	return scan->depth == 1 || (scan->in_data && scan->depth == 3);
}

static void
word_begin(struct list_scan *scan)
{
	scan->word_len = 0;
}

static void
word_add(struct list_scan *scan, char c)
{
	if (scan->word_len < LIST_SCAN_WORD_BYTES - 1 && c != '\\')
		scan->word[scan->word_len++] = c;
	else
		scan->word_len = LIST_SCAN_WORD_BYTES;
}

/* The first value of a member counts. */
static void
take_value(list_scan_word to, const char *value)
{
	if (to[0] == '\0')
		memcpy(to, value, LIST_SCAN_WORD_BYTES);
}

static void
word_end(struct list_scan *scan)
{
	scan->word[scan->word_len < LIST_SCAN_WORD_BYTES ? scan->word_len : 0] = '\0';
	if (scan->in_element && strcmp(scan->name, "id") == 0)
		take_value(scan->elements[scan->count - 1].id, scan->word);
	else if (scan->in_element && strcmp(scan->name, "type") == 0)
		take_value(scan->elements[scan->count - 1].type, scan->word);
}

/* --- elements ------------------------------------------------------------------ */

/* False = there are more than were asked for. */
static bool
element_begin(struct list_scan *scan)
{
	struct list_scan_element *element = &scan->elements[scan->count];

	if (scan->count == LIMIT_STRIPE_ELEMENTS)
		return false;
	*element = (struct list_scan_element) { .start = scan->kept.len };
	scan->count++;
	scan->in_element = true;
	scan->name[0] = '\0';
	return true;
}

static void
element_add(struct list_scan *scan, const char *data, size_t len)
{
	struct list_scan_element *element = &scan->elements[scan->count - 1];

	element->bytes += len;
	if (element->bytes > LIMIT_STRIPE_ELEMENT_BYTES && !element->too_large) {
		element->too_large = true;
		scan->kept.len = element->start;
	}
	if (!element->too_large)
		buf_add(&scan->kept, data, len);
}

static void
element_end(struct list_scan *scan)
{
	if (scan->in_element)
		buf_add(&scan->kept, "", 1);
	scan->in_element = false;
}

/* --- bytes --------------------------------------------------------------------- */

static void
keep(struct list_scan *scan, const char *data, size_t len, struct buf *rest)
{
	if (scan->in_element)
		element_add(scan, data, len);
	else if (!scan->in_data || scan->depth < 2)
		buf_add(rest, data, len);
}

/* From `at` on inside a string, up to its end or that of the data; returns what follows. */
static const char *
read_string(struct list_scan *scan, const char *at, const char *end)
{
	for (; at < end; at++) {
		if (scan->escaped) {
			scan->escaped = false;
		} else if (*at == '"') {
			scan->in_string = false;
			if (has_members(scan))
				word_end(scan);
			return at + 1;
		} else {
			scan->escaped = *at == '\\';
		}
		if (has_members(scan))
			word_add(scan, *at);
	}
	return at;
}

static void
open_bracket(struct list_scan *scan, char c)
{
	if (c == '[' && scan->depth == 1 && strcmp(scan->name, "data") == 0)
		scan->in_data = true;
	scan->depth++;
	scan->name[0] = '\0';
}

static void
close_bracket(struct list_scan *scan)
{
	scan->depth--;
	if (scan->in_data && scan->depth == 1)
		scan->in_data = scan->in_element = false;
}

/* A byte outside of strings. */
static void
read_byte(struct list_scan *scan, char c)
{
	switch (c) {
	case '"':
		scan->in_string = true;
		word_begin(scan);
		break;
	case ':':
		if (has_members(scan))
			memcpy(scan->name, scan->word, sizeof(scan->name));
		break;
	case ',':
		if (has_members(scan))
			scan->name[0] = '\0';
		break;
	case '{':
	case '[':
		open_bracket(scan, c);
		break;
	case '}':
	case ']':
		close_bracket(scan);
		break;
	default:
		break;
	}
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Between the brackets of data: where an element begins and ends.  False as element_begin(). */
static bool
read_between(struct list_scan *scan, char c)
{
	if (c == ',' || c == ']') {
		element_end(scan);
		return true;
	}
	return scan->in_element || is_space(c) || element_begin(scan);
}

bool
list_scan_add(struct list_scan *scan, const char *data, size_t len, struct buf *rest)
{
	const char *end = data + len;
	const char *at = data;

	while (at < end) {
		const char *from = at;

		if (scan->in_string) {
			at = read_string(scan, at, end);
			keep(scan, from, (size_t)(at - from), rest);
			continue;
		}
		if (scan->in_data && scan->depth == 2 && !read_between(scan, *at))
			return false;
		/* the closing bracket of data belongs to the page */
		if (*at == ']' || *at == '}')
			read_byte(scan, *at);
		keep(scan, from, 1, rest);
		if (*at != ']' && *at != '}')
			read_byte(scan, *at);
		at++;
	}
	return !scan->kept.overflow;
}
