/*
 * How modules apply Stripe's events.  A module's table lists the types that it applies
 * (core/module/module.h).
 * event_job.c claims a stored event, finds the row of its type and calls its function.  The
 * function ends the event: in the statement that applies it, or by event_finish() or
 * event_retry(); event_read() does so when it returns false.
 */
#ifndef PURSER_STRIPE_EVENTS_EVENT_H
#define PURSER_STRIPE_EVENTS_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/bug.h"
#include "core/stripe/event_in.h"
#include "core/stripe/stripe.h"

struct db_param;
struct db_rows;
struct db_stmt;
struct job;

/* One claimed event. */
struct event {
	const char *stripe_account; /* whose path it came by */
	const char *tenant;         /* the account's: nothing of another one is touched */
	const char *id;
	int64_t attempts;
	struct stripe_event content;
	bool is_read; /* the object of content was read from Stripe now */
};

/* Runs the statement that applies the event, as its tenant. */
const struct db_rows *event_sql(struct job *job, const struct event *event,
    const struct db_stmt *stmt, const struct db_param *params) MUST_CHECK;

/*
 * Logs the outcome of the statement that applied the event (column `outcome`); rows NULL = it
 * failed, and the event is retried.
 */
void event_applied(struct job *job, const struct event *event, const struct db_rows *rows);

/*
 * Ends the event without an effect: state "ignored" or "failed", and the reason.  "stranger" and
 * "unused" are ignored and counted: it is about an object that is not ours, or of no use to us.
 */
void event_finish(struct job *job, const struct event *event, const char *state, const char *note);

/* The event was not applied: it is claimed again after the kind's delay. */
void event_retry(struct job *job, const struct event *event, const char *why);

/* As stripe_dispute_get(): reads the object of an event from Stripe. */
typedef enum stripe_result event_reader(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);

/*
 * Reads the object of an event from its Stripe account, or learns that it is a Connect account that
 * is gone: STRIPE_GONE is true of the reply.  False = it could not be read, and the event is ended:
 * "failed" when Stripe refused the id, else retried.
 */
bool event_read(struct job *job, const struct event *event, event_reader *read, const char *id,
    struct stripe_reply *reply) MUST_CHECK;

#endif
