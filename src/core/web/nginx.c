/* The files of nginx that follow from the routes: map, locations. */
#include "config.h"

#include <string.h>

#include "core/base/bug.h"
#include "core/base/limits.h"
#include "core/web/nginx.h"
#include "core/web/route.h"

/* The row after this one, over the end of its table; NULL = the last one, NULL begins. */
static const struct route *
next_row(const struct route *const *tables, size_t *table, const struct route *row)
{
	row = row == NULL ? tables[*table] : row + 1;
	while (row != NULL && (row->method == NULL || row->flags & ROUTE_EVERY_PROGRAM))
		row = row->method == NULL ? tables[++*table] : row + 1;
	return row;
}

/* --- map ----------------------------------------------------------------- */

static void
print_map_line(FILE *out, const struct route *row, const char *program)
{
	/* HEAD is a GET whose body nginx keeps. */
	fprintf(out, "\"~^%s:", strcmp(row->method, "GET") == 0 ? "(GET|HEAD)" : row->method);
	for (const char *p = row->path; *p != '\0'; p++) {
		if (*p == '{') {
			fputs("[^/]+", out);
			p += strcspn(p, "}");
		} else {
			fputc(*p, out);
		}
	}
	fprintf(out, "$\" %s_upstream;\n", program);
}

void
nginx_print_routes(FILE *out, const struct route *const *tables, const char *program)
{
	const struct route *row = NULL;
	size_t table = 0;

	while ((row = next_row(tables, &table, row)) != NULL) {
		if (row->flags & ROUTE_UPSTREAM)
			print_map_line(out, row, program);
	}
}

/* --- locations ----------------------------------------------------------- */

/* Length of the segments before the first {name}, without the slash after them. */
static size_t
static_len(const char *path)
{
	size_t len = strcspn(path, "{");

	return path[len] == '{' ? len - 1 : len;
}

/* Whether the path begins with the static segments of `top`. */
static bool
is_below(const char *path, const char *top)
{
	size_t len = static_len(top);

	return strncmp(path, top, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* A file is larger than what other routes below the same path take. */
static bool
has_own_location(const struct route *row)
{
	return (row->flags & ROUTE_CSV_BODY) != 0;
}

/* Whether another row's location takes this row: a shorter one, or an equal one before. */
static bool
is_covered(const struct route *const *tables, const struct route *by_another)
{
	const struct route *row = NULL;
	bool before = true;
	size_t table = 0;

	while ((row = next_row(tables, &table, row)) != NULL) {
		if (row == by_another)
			before = false;
		else if (is_below(by_another->path, row->path) &&
		    (before || static_len(row->path) < static_len(by_another->path)))
			return true;
	}
	return false;
}

static size_t
largest_body(const struct route *const *tables, const char *top)
{
	const struct route *row = NULL;
	size_t table = 0, largest = 0;

	while ((row = next_row(tables, &table, row)) != NULL) {
		if (is_below(row->path, top) && !has_own_location(row) &&
		    route_body_bytes(row) > largest)
			largest = route_body_bytes(row);
	}
	return largest;
}

/*
 * Stripe's events come from few addresses and without a credential: no rate holds them up, only a
 * number of them at a time for each address.  An event is stored once, however often it comes, so
 * nginx may send it again, and over connections that it keeps.
 */
static void
print_way(FILE *out, const struct route *row, const char *program)
{
	if (row->api == API_PROVIDER)
		fprintf(out,
		    "\tlimit_req zone=purser_unlimited;\n\tlimit_conn purser_events 512;\n"
		    "\tfastcgi_next_upstream error non_idempotent;\n"
		    "\tset $purser_program %s;\n\tfastcgi_pass %s;\n}\n",
		    program, program);
	else
		fprintf(out, "\tset $purser_program %s;\n\tfastcgi_pass $purser_listener;\n}\n",
		    program);
}

/* The first line that matches counts. */
void
nginx_print_bodies(FILE *out, const struct route *const *tables)
{
	const struct route *row = NULL;
	size_t table = 0;

	while ((row = next_row(tables, &table, row)) != NULL) {
		if (has_own_location(row))
			fprintf(out, "\"~^%s$\" %zu;\n", row->path, route_body_bytes(row));
	}
	table = 0;
	while ((row = next_row(tables, &table, row)) != NULL) {
		if (!has_own_location(row) && !is_covered(tables, row))
			fprintf(out, "\"~^%.*s(?:/|$)\" %zu;\n", (int)static_len(row->path),
			    row->path, largest_body(tables, row->path));
	}
}

void
nginx_print_locations(FILE *out, const struct route *const *tables, const char *program)
{
	const struct route *row = NULL;
	size_t table = 0;

	while ((row = next_row(tables, &table, row)) != NULL) {
		bool own = has_own_location(row);
		size_t bytes = own ? route_body_bytes(row) : largest_body(tables, row->path);

		if (!own && is_covered(tables, row))
			continue;
		CHECK(static_len(row->path) > 0);
		/* A file is buffered on disk. */
		fprintf(out,
		    "location %s%.*s {\n\tclient_max_body_size %zu;\n"
		    "\tclient_body_buffer_size %zu;\n",
		    own ? "= " : "", (int)static_len(row->path), row->path, bytes,
		    own ? (size_t)LIMIT_BODY_BYTES : bytes);
		print_way(out, row, program);
	}
}
