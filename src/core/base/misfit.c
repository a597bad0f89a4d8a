/* Gives up the request of a thread whose rows are not as expected. */
#include "core/base/misfit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "core/base/log.h"

static _Thread_local jmp_buf *guard;

bool
misfit_guard(void step(void *data), void *data)
{
	jmp_buf here;

	CHECK(guard == NULL);
	guard = &here;
	if (setjmp(here) != 0) {
		guard = NULL;
		return false;
	}
	step(data);
	guard = NULL;
	return true;
}

void
misfit_at(const char *file, int line, const char *format, ...)
{
	char message[256], where[128];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	if (guard == NULL)
		bug_at(file, line, "%s", message);
	snprintf(where, sizeof where, "%s:%d", file, line);
	log_event(LOG_LEVEL_ERROR, NULL, "the database's answer does not fit", "what", message,
	    "where", where, NULL);
	longjmp(*guard, 1);
}
