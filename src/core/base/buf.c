/* Growable buffer: doubles its size in the arena until the ceiling. */
#include "core/base/buf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/bug.h"

/* Large enough for most answers and for their headers, which then are never copied. */
#define BUF_FIRST_BYTES 2048

void
buf_init(struct buf *buf, struct arena *arena, size_t ceiling)
{
	size_t size = ceiling < BUF_FIRST_BYTES ? ceiling + 1 : BUF_FIRST_BYTES;

	CHECK(ceiling < SIZE_MAX / 4); /* so that doubling never wraps */
	*buf = (struct buf) { .arena = arena, .size = size, .ceiling = ceiling };
	buf->data = arena_alloc(arena, size);
	buf->data[0] = '\0';
}

void
buf_clear(struct buf *buf)
{
	buf->len = 0;
	buf->data[0] = '\0';
	buf->overflow = false;
}

/* Makes room for len more bytes and the NUL; false = beyond the ceiling. */
static bool
buf_grow(struct buf *buf, size_t len)
{
	size_t size = buf->size;
	char *data;

	if (buf->overflow || len > buf->ceiling - buf->len) {
		buf->overflow = true;
		return false;
	}
	if (buf->len + len < size)
		return true;
	while (size <= buf->len + len)
		size *= 2;
	if (size > buf->ceiling + 1)
		size = buf->ceiling + 1;
	data = arena_alloc(buf->arena, size);
	memcpy(data, buf->data, buf->len + 1);
	buf->data = data;
	buf->size = size;
	return true;
}

char *
buf_extend(struct buf *buf, size_t len)
{
	char *at;

	if (!buf_grow(buf, len))
		return NULL;
	at = buf->data + buf->len;
	buf->len += len;
	buf->data[buf->len] = '\0';
	return at;
}

void
buf_add(struct buf *buf, const void *data, size_t len)
{
	char *at = buf_extend(buf, len);

	if (at != NULL && len > 0)
		memcpy(at, data, len);
}

void
buf_str(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void
buf_char(struct buf *buf, char c)
{
	char *at = buf_extend(buf, 1);

	if (at != NULL)
		*at = c;
}

void
buf_int(struct buf *buf, int64_t n)
{
	buf_printf(buf, "%" PRId64, n);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	CHECK(len >= 0);
	if (!buf_grow(buf, (size_t)len))
		return;
	va_start(args, format);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
	va_end(args);
	buf->len += (size_t)len;
}
