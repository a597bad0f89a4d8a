/* Makes ids that sort by time. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/bug.h"
#include "core/base/clock.h"
#include "core/base/id.h"
#include "core/base/text.h"

void
id_make(char out[ID_BYTES], const char *prefix)
{
	unsigned char random[10];
	char hex[2 * sizeof(random) + 1];

	CHECK(strlen(prefix) <= 16);
	CHECK(getrandom(random, sizeof(random), 0) == sizeof(random));
	text_hex(random, sizeof(random), hex);
	snprintf(out, ID_BYTES, "%s_%012llx%s", prefix, (unsigned long long)clock_unix_ms(), hex);
}
