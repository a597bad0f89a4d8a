/*
 * The file in a request's body: the body itself, or the one part of multipart/form-data
 * (RFC 7578), as a browser's form sends it.
 */
#ifndef PURSER_WEB_UPLOAD_H
#define PURSER_WEB_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/bug.h"

struct req;

struct upload {
	const char *data; /* in the body */
	size_t len;
};

/*
 * False = a problem was recorded: a Content-Type that is not that of a CSV file or a form, or that
 * names an encoding other than UTF-8; a form that is cut off, or that has anything beside one
 * file.  Nothing in a form is ignored: a field may say what the client wants done with the file.
 */
bool upload_read(struct req *req, struct upload *file) MUST_CHECK;

#endif
