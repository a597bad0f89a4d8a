/* Reads and writes entity tags. */
#include "config.h"

#include <string.h>

#include "core/web/etag.h"
#include "core/web/req.h"

/* Reads one tag of a list and goes to the next one; its length with the quotes, 0 = malformed. */
static size_t
next_tag(const char **at, const char **tag)
{
	size_t len;

	*tag = *at + (strncmp(*at, "W/", 2) == 0 ? 2 : 0);
	if (**tag != '"')
		return 0;
	len = strcspn(*tag + 1, "\"") + 2;
	if ((*tag)[len - 1] != '"')
		return 0;
	*at = *tag + len + strspn(*tag + len, " \t");
	if (**at != '\0' && **at != ',')
		return 0;
	if (**at == ',')
		*at += 1 + strspn(*at + 1, " \t");
	else
		return len;
	return **at == '\0' ? 0 : len;
}

static bool
is_any(const char *list)
{
	return strcmp(list, "*") == 0;
}

static bool
is_list(const char *list)
{
	const char *tag;

	do {
		if (next_tag(&list, &tag) == 0)
			return false;
	} while (*list != '\0');
	return true;
}

/* Is the tag in the list?  A weak tag of a list counts as well. */
static bool
has_tag(const char *list, const char *wanted)
{
	const char *tag;
	size_t len;

	while (*list != '\0' && (len = next_tag(&list, &tag)) > 0) {
		if (len == strlen(wanted) + 2 && memcmp(tag + 1, wanted, len - 2) == 0)
			return true;
	}
	return false;
}

static bool
check(struct req *req, const char *header, const char *list)
{
	if (list == NULL || is_any(list) || is_list(list))
		return true;
	problem_header(req, header, "must be * or entity tags in quotes, as in the header ETag");
	return false;
}

bool
etag_if_match(struct req *req, const char **if_match)
{
	*if_match = req->headers.if_match;
	return check(req, "If-Match", *if_match);
}

void
etag_add(struct req *req, const char *tag)
{
	req->etag = arena_printf(req->arena, "\"%s\"", tag);
}

int
etag_reply(struct req *req, const char *tag)
{
	const char *list = req->headers.if_none_match;

	if (!check(req, "If-None-Match", list))
		return req->status;
	etag_add(req, tag);
	if (list == NULL || (!is_any(list) && !has_tag(list, tag)))
		return req->status;
	buf_clear(&req->reply);
	return req->status = 304;
}
