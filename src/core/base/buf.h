/*
 * Growable buffer in an arena, with a ceiling that every user must name
 * (limits.h).  data is never NULL and always ends in NUL (not counted in len).
 * Beyond the ceiling nothing more is added and overflow stays set: check it
 * once at the end instead of after every call.
 */
#ifndef PURSER_BASE_BUF_H
#define PURSER_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct buf {
	struct arena *arena;
	char *data;
	size_t len;
	size_t size;    /* allocated, NUL included */
	size_t ceiling; /* maximum of len */
	bool overflow;
};

/* buf_init() makes an empty buffer; buf_clear() empties it and resets overflow. */
void buf_init(struct buf *buf, struct arena *arena, size_t ceiling);
void buf_clear(struct buf *buf);
void buf_add(struct buf *buf, const void *data, size_t len);

/*
 * Adds len bytes that the caller fills in, all of them, at the address returned; NULL =
 * beyond the ceiling.
 */
char *buf_extend(struct buf *buf, size_t len);
void buf_str(struct buf *buf, const char *text);
void buf_char(struct buf *buf, char c);
void buf_int(struct buf *buf, int64_t n);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
