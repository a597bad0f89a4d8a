/* A broken invariant: logs it and ends the process. */
#include "core/base/bug.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/log.h"

void
bug_at(const char *file, int line, const char *format, ...)
{
	char message[256], where[128];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	snprintf(where, sizeof where, "%s:%d", file, line);
	log_event(LOG_LEVEL_ERROR, NULL, "bug", "what", message, "where", where, NULL);
	abort();
}
