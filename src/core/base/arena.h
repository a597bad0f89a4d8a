/*
 * Arena allocator (region): all memory of a request comes from its arena and is
 * released by one arena_reset().  The first chunk is kept, so that a thread that
 * serves requests seldom calls malloc.  Allocation never returns NULL: without
 * memory the process ends (bug.h).  Under AddressSanitizer each allocation is a
 * malloc of its own, so that overruns are found.
 */
#ifndef PURSER_BASE_ARENA_H
#define PURSER_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;
struct arena_cleanup;

struct arena {
	struct arena_chunk *first; /* kept by arena_reset() */
	struct arena_chunk *current;
	struct arena_cleanup *cleanups; /* run in reverse order */
};

/* An arena without chunks; the first allocation makes one. */
void arena_init(struct arena *arena);

/* 16-byte aligned; arena_zalloc() is filled with zero bytes. */
void *arena_alloc(struct arena *arena, size_t bytes);
void *arena_zalloc(struct arena *arena, size_t bytes);

/* Copies that end in NUL; arena_strdup(NULL) is NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Calls fn(ptr) in arena_reset() or arena_release(), last registered first. */
void arena_defer(struct arena *arena, void (*fn)(void *), void *ptr);

/* arena_reset() keeps the first chunk for the next use; arena_release() none. */
void arena_reset(struct arena *arena);
void arena_release(struct arena *arena);

#endif
