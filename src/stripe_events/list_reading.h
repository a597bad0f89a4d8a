/*
 * Reads a list of Stripe's page by page, newest first, with a bookmark in the database.
 *
 * A turn reads one page and stores its objects together with the cursor.  So an interrupted
 * reading continues after its last page, in whichever process claims it.
 */
#ifndef PURSER_STRIPE_EVENTS_LIST_READING_H
#define PURSER_STRIPE_EVENTS_LIST_READING_H

#include "core/jobs/job.h"
#include "core/stripe/stripe.h"

struct list_reading {
	const char *list; /* of stripe_events.bookmark: "events" */
	/* $1 the holder, $2 the lease, $3 interval_s; columns from_s, after, pages */
	const struct db_stmt *claim;
	/* between the beginnings of two readings; at most 10 minutes: transfers wait for it */
	int64_t interval_s;
	int64_t oldest_s; /* Unix time; no reading begins with older objects */
	enum stripe_result (*read)(struct stripe *stripe, int64_t from_s,
	    const char *starting_after, struct stripe_page *page, struct stripe_reply *reply);
	/* the step that stores the objects of a page, each once; memory of job->arena */
	struct db_step (*store)(struct job *job, const struct json *data);
};

/* One turn: claims and reads a page; false = nothing is due, or there is no next page. */
bool list_reading_turn(struct job *job, const struct list_reading *list) MUST_CHECK;

/* The statements of this file, which the jobs of module stripe_events prepare. */
extern const struct db_stmt list_reading_advance_stmt, list_reading_finish_stmt,
    list_reading_restart_stmt, list_reading_fail_stmt;

#endif
