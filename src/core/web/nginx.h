/*
 * What nginx must know of the routes, printed from their tables.  nginx sees a program by the names
 * of its listeners: upstreams `payments` and `payments_upstream`.
 */
#ifndef PURSER_WEB_NGINX_H
#define PURSER_WEB_NGINX_H

#include <stdio.h>

struct route;

/*
 * `--nginx=routes`: lines of a map, `"~^POST:/v2/payments/checkout$" <program>_upstream;` for every
 * row of the second listener.  The tables end with NULL.
 */
void nginx_print_routes(FILE *out, const struct route *const *tables, const char *program);

/*
 * `--nginx=locations`: a location for the static beginning of each path that no shorter one covers,
 * with the largest body that a row below it takes.
 */
void nginx_print_locations(FILE *out, const struct route *const *tables, const char *program);

/*
 * `--nginx=bodies`: lines of a map, `"~^/v2/payments(?:/|$)" 65536;`: the largest body of each
 * location, for the message of an error.
 */
void nginx_print_bodies(FILE *out, const struct route *const *tables);

#endif
