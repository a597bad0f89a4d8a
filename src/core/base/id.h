/*
 * Ids: prefix, '_', 12 hex digits of the time in ms, 20 random hex digits.  SQL makes
 * the ids of rows (core.new_id).
 */
#ifndef PURSER_BASE_ID_H
#define PURSER_BASE_ID_H

#define ID_BYTES 64

/* The prefix has at most 16 characters. */
void id_make(char out[ID_BYTES], const char *prefix);

#endif
