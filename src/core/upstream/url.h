/* Percent-encoding (RFC 3986) and the addresses of upstreams. */
#ifndef PURSER_UPSTREAM_URL_H
#define PURSER_UPSTREAM_URL_H

struct arena;
struct buf;

/* Adds text with every byte encoded that is neither unreserved nor in `keep`. */
void url_encode(struct buf *buf, const char *text, const char *keep);

/*
 * "https://host/" or "https://host", "/entity/", "5F 1" -> "https://host/entity/5F%201".
 * part may be NULL.
 */
char *url_join(struct arena *arena, const char *base, const char *path, const char *part);

#endif
