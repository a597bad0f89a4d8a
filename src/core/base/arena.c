/* Arena allocator: a bump pointer in a list of chunks. */
#include "core/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bug.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

/* A chunk size of 0 makes every allocation a malloc of its own. */
#ifdef ARENA_ASAN
#define ARENA_CHUNK_BYTES ((size_t)0)
#else
#define ARENA_CHUNK_BYTES ((size_t)16 * 1024)
#endif

/* A larger allocation gets its own chunk, so that the current one is not given up half full. */
#define ARENA_SMALL_BYTES (ARENA_CHUNK_BYTES / 4)
#define ARENA_ALIGN ((size_t)16)

struct arena_chunk {
	struct arena_chunk *next;
	size_t used;
	alignas(16) unsigned char data[];
};

struct arena_cleanup {
	struct arena_cleanup *next;
	void (*fn)(void *);
	void *ptr;
};

void
arena_init(struct arena *arena)
{
	*arena = (struct arena) { 0 };
}

static struct arena_chunk *
chunk_new(size_t bytes)
{
	struct arena_chunk *chunk;

	CHECK(bytes <= SIZE_MAX - sizeof *chunk);
	chunk = malloc(sizeof *chunk + bytes);
	if (chunk == NULL)
		BUG("out of memory for %zu bytes", bytes);
	chunk->next = NULL;
	chunk->used = 0;
	return chunk;
}

/* The first chunk stays the head of the list, all others follow it in any order. */
static struct arena_chunk *
chunk_add(struct arena *arena, size_t bytes)
{
	struct arena_chunk *chunk = chunk_new(bytes);

	chunk->next = arena->first->next;
	arena->first->next = chunk;
	return chunk;
}

void *
arena_alloc(struct arena *arena, size_t bytes)
{
	struct arena_chunk *chunk;
	size_t rounded = (bytes + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);

	if (arena->first == NULL)
		arena->first = arena->current = chunk_new(ARENA_CHUNK_BYTES);
	if (bytes > ARENA_SMALL_BYTES)
		return chunk_add(arena, bytes)->data;
	if (rounded > ARENA_CHUNK_BYTES - arena->current->used)
		arena->current = chunk_add(arena, ARENA_CHUNK_BYTES);
	chunk = arena->current;
	chunk->used += rounded;
	return chunk->data + chunk->used - rounded;
}

void *
arena_zalloc(struct arena *arena, size_t bytes)
{
	return memset(arena_alloc(arena, bytes), 0, bytes);
}

char *
arena_strdup(struct arena *arena, const char *text)
{
	return text == NULL ? NULL : arena_strndup(arena, text, strlen(text));
}

char *
arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy;

	CHECK(len < SIZE_MAX);
	copy = arena_alloc(arena, len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	CHECK(len >= 0);
	text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, args);
	return text;
}

void
arena_defer(struct arena *arena, void (*fn)(void *), void *ptr)
{
	struct arena_cleanup *cleanup = arena_alloc(arena, sizeof *cleanup);

	cleanup->fn = fn;
	cleanup->ptr = ptr;
	cleanup->next = arena->cleanups;
	arena->cleanups = cleanup;
}

static void
cleanups_run(struct arena *arena)
{
	struct arena_cleanup *cleanup;

	while ((cleanup = arena->cleanups) != NULL) {
		arena->cleanups = cleanup->next;
		cleanup->fn(cleanup->ptr);
	}
}

void
arena_reset(struct arena *arena)
{
	struct arena_chunk *chunk;

	cleanups_run(arena);
	if (arena->first == NULL)
		return;
	while ((chunk = arena->first->next) != NULL) {
		arena->first->next = chunk->next;
		free(chunk);
	}
	arena->first->used = 0;
	arena->current = arena->first;
}

void
arena_release(struct arena *arena)
{
	arena_reset(arena);
	free(arena->first);
	arena_init(arena);
}
