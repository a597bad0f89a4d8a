/* Percent-encoding and joining of addresses. */
#include <string.h>

#include "core/base/buf.h"
#include "core/base/bug.h"
#include "core/upstream/url.h"

#define URL_BYTES 8192 /* a configured base, a literal path, one checked part */

#define UNRESERVED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"

void
url_encode(struct buf *buf, const char *text, const char *keep)
{
	static const char digits[] = "0123456789ABCDEF";

	for (const char *at = text; *at != '\0'; at++) {
		unsigned char byte = (unsigned char)*at;

		if (strchr(UNRESERVED, *at) != NULL || strchr(keep, *at) != NULL) {
			buf_char(buf, *at);
		} else {
			buf_char(buf, '%');
			buf_char(buf, digits[byte >> 4]);
			buf_char(buf, digits[byte & 15]);
		}
	}
}

char *
url_join(struct arena *arena, const char *base, const char *path, const char *part)
{
	size_t len = strlen(base);
	struct buf url;

	while (len > 0 && base[len - 1] == '/')
		len--;
	buf_init(&url, arena, URL_BYTES);
	buf_add(&url, base, len);
	buf_str(&url, path);
	if (part != NULL)
		url_encode(&url, part, "");
	CHECK(!url.overflow);
	return url.data;
}
