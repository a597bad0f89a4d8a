/*
 * Strict validation of JSON before json-c parses it: reads the bytes, builds
 * nothing.  Used by json.c alone.
 */
#ifndef PURSER_JSON_JSON_CHECK_H
#define PURSER_JSON_JSON_CHECK_H

#include <stddef.h>

/*
 * NULL = the text is one JSON value by RFC 8259, within the limits, also of the memory that json-c
 * takes for it; else a short lower-case reason in static memory.  members_max is for one object.
 * *members becomes the number of names in the whole text, duplicates counted: a parsed tree with
 * fewer has lost a duplicate.
 */
const char *json_check(const char *text, size_t len, size_t members_max, size_t *members);

#endif
