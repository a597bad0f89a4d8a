/*
 * Assertions that stay on in production.  A broken invariant ends the process,
 * and the supervisor starts it again.  That is safe, because every money step
 * is committed or resumable.
 */
#ifndef PURSER_BASE_BUG_H
#define PURSER_BASE_BUG_H

_Noreturn void bug_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			BUG("check failed: %s", #condition); \
	} while (0)

#define MUST_CHECK __attribute__((warn_unused_result))

#endif
