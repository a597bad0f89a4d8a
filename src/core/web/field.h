/* Binds the members of a JSON body to a struct by a field table (route.h). */
#ifndef PURSER_WEB_FIELD_H
#define PURSER_WEB_FIELD_H

#include <stdint.h>

struct arena;
struct field;
struct json;
struct req;

/*
 * Records every mistake as a field error.  A member of the struct at `input` is zero when its
 * field is absent.
 */
void field_bind(struct req *req, const struct field *fields, const struct json *object,
    void *input);

/* The form of a number within [min, max] hundredths, for a message: "must be ...". */
const char *field_cents_form(struct arena *arena, int64_t min, int64_t max);

#endif
