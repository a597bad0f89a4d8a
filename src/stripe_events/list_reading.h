/*
 * Reads a list of Stripe's page by page, newest first, with a bookmark in the database.
 *
 * A turn reads one page and stores its objects together with the cursor.  So an interrupted
 * reading continues after its last page, in whichever process claims it.  An element that is too
 * large, unreadable or not an object of the list is an exception, and the reading passes it.
 */
#ifndef PURSER_STRIPE_EVENTS_LIST_READING_H
#define PURSER_STRIPE_EVENTS_LIST_READING_H

#include "core/jobs/job.h"
#include "core/stripe/stripe.h"

/* The objects of a page: rows for db_columns(), in the order of the list. */
struct list_objects {
	struct job *job;
	const char *stripe_account;
	const struct db_param **rows;
	size_t count;
};

struct list_reading {
	const char *list; /* of stripe_events.bookmark: "events" */
	/*
	 * $1 the holder, $2 the lease, $3 interval_s, $4 days, $5 the accounts with a key; columns
	 * stripe_account, from_s, after, pages
	 */
	const struct db_stmt *claim;
	/* between the beginnings of two readings; at most 10 minutes: transfers wait for it */
	int64_t interval_s;
	int64_t days; /* no reading begins with older objects; 0 = any age */
	enum stripe_result (*read)(struct stripe *stripe, int64_t from_s,
	    const char *starting_after, struct stripe_elements *page, struct stripe_reply *reply);
	/*
	 * Adds an object of the list; its JSON ends with the call, its text with the turn.  False =
	 * it is none, *why is the reason.
	 */
	bool (*add)(struct list_objects *objects, const struct stripe_element *element,
	    const struct json *json, const char **why);
	/* may an element be passed without an exception?  NULL = none */
	bool (*unused)(const struct job *job, const struct stripe_element *element);
	/* the step that stores the objects of a page, each once; memory of job->arena */
	struct db_step (*store)(const struct list_objects *objects);
};

/* Adds a row of `columns` values. */
void list_objects_add(struct list_objects *objects, const struct db_param *values, int columns);

/* One turn: claims and reads a page of the account whose turn it is; false = nothing is due. */
bool list_reading_turn(struct job *job, const struct list_reading *list) MUST_CHECK;

/* The statements of this file, which the jobs of module stripe_events prepare. */
extern const struct db_stmt list_reading_advance_stmt, list_reading_finish_stmt,
    list_reading_restart_stmt, list_reading_fail_stmt, list_reading_report_stmt,
    list_reading_clock_stmt;

#endif
