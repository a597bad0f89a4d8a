/* What all requests over libcurl have in common: their options, and how a header is read. */
#ifndef PURSER_UPSTREAM_EASY_H
#define PURSER_UPSTREAM_EASY_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/bug.h"

#define SET(easy, option, value) CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK)

/* Both times in milliseconds; the second one is of all, look-up of the name included. */
void easy_set_limits(CURL *easy, int64_t connect_ms, int64_t timeout_ms);

/*
 * headers: "Name: value", NULL at the end; NULL = none.  The list lives as long as the transfer;
 * the caller frees it.
 */
struct curl_slist *easy_set_target(CURL *easy, const char *url,
    const char *const *headers) MUST_CHECK;

/*
 * True = the line "Name: value\r\n" has that name; line and len become those of the value, without
 * the blanks around it.
 */
bool easy_header(const char **line, size_t *len, const char *name);

/* Seconds of a value of Retry-After; -1 = a date, or no number up to a day. */
int64_t easy_retry_after(const char *value, size_t len);

#endif
