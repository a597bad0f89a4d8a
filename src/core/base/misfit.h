/*
 * A misfit: what the database returned is not what this program was built for, as after a change of
 * the schema that it does not know.  It is the fault of neither the process nor its other requests,
 * so the request alone is given up: the step that met it does not return (longjmp), and what it had
 * is in the request's arena or released by who runs the step.  No lock is held where a row is read.
 */
#ifndef PURSER_BASE_MISFIT_H
#define PURSER_BASE_MISFIT_H

#include <stdbool.h>

#include "core/base/bug.h"

/* Runs the step; false = it met a misfit, which is logged.  Not within another step. */
bool misfit_guard(void step(void *data), void *data) MUST_CHECK;

/* Without a guard in the thread, as in a job, it is a bug. */
_Noreturn void misfit_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define MISFIT(...) misfit_at(__FILE__, __LINE__, __VA_ARGS__)

#define FIT(condition) \
	do { \
		if (!(condition)) \
			MISFIT("not as expected: %s", #condition); \
	} while (0)

#endif
