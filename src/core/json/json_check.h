/*
 * The strict reader in front of json-c: looks at the bytes only, builds
 * nothing.  Used by json.c alone.
 */
#ifndef PURSER_JSON_JSON_CHECK_H
#define PURSER_JSON_JSON_CHECK_H

#include <stddef.h>

/*
 * NULL = the text is one JSON value as RFC 8259 wants it, within the limits;
 * else a short lower-case reason in static memory.  members_max is for one
 * object.  *members becomes the number of names in the whole text, each
 * repeated one counted: a tree with fewer has lost a duplicate.
 */
const char *json_check(const char *text, size_t len, size_t members_max, size_t *members);

#endif
