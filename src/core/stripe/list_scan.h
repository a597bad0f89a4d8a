/*
 * Splits a page of one of Stripe's lists into its elements while it arrives: an exact scanner of
 * JSON's strings and brackets, which checks nothing else.  So one element that is too large or
 * unreadable does not spoil the page, and what is kept has a bound whatever the page's size.
 */
#ifndef PURSER_STRIPE_LIST_SCAN_H
#define PURSER_STRIPE_LIST_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/limits.h"

#define LIST_SCAN_WORD_BYTES 256

/* A string without escapes, NUL-terminated; empty when it has some, or is longer. */
typedef char list_scan_word[LIST_SCAN_WORD_BYTES];

struct list_scan_element {
	size_t start;      /* in `kept`, where a NUL follows each element */
	size_t bytes;      /* of the element as it came */
	bool too_large;    /* more than LIMIT_STRIPE_ELEMENT_BYTES: none of it is kept */
	list_scan_word id; /* members of the element that are strings; empty = none */
	list_scan_word type;
};

struct list_scan {
	struct buf kept;                    /* the texts of the elements */
	struct list_scan_element *elements; /* LIMIT_STRIPE_ELEMENTS */
	size_t count;
	int depth;
	bool in_data;    /* between the brackets of member `data` */
	bool in_element; /* the last one has not ended */
	bool in_string;
	bool escaped;
	list_scan_word word; /* the last string of a level that has members of interest */
	size_t word_len;     /* LIST_SCAN_WORD_BYTES = it does not count */
	list_scan_word name; /* of the member whose value is read there; empty = none */
};

/* Memory for a page in the arena; list_scan_begin() makes it ready for the next page. */
void list_scan_init(struct list_scan *scan, struct arena *arena);
void list_scan_begin(struct list_scan *scan);

/*
 * Reads what arrived next.  `rest` gets the page without the elements:
 * {"object":"list","data":[],"has_more":true}.  False = the page has more than can be kept.
 */
bool list_scan_add(struct list_scan *scan, const char *data, size_t len, struct buf *rest);

#endif
