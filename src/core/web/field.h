/* Binds the members of a JSON body to a struct by a field table (route.h). */
#ifndef PURSER_WEB_FIELD_H
#define PURSER_WEB_FIELD_H

struct field;
struct json;
struct req;

/*
 * Records every mistake as a field error.  A member of the struct at `input` is zero when its
 * field is absent.
 */
void field_bind(struct req *req, const struct field *fields, const struct json *object,
    void *input);

#endif
