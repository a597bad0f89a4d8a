/*
 * What modules make of Stripe's events.  A module's table says which types it applies; event_job.c
 * claims a stored event, finds the row and calls its function, which ends by event_applied(),
 * event_finish() or event_retry(), when event_read() has not ended it, or has the statement that
 * applies it do so.
 */
#ifndef PURSER_STRIPE_EVENTS_EVENT_H
#define PURSER_STRIPE_EVENTS_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/bug.h"
#include "core/stripe/event_in.h"
#include "core/stripe/stripe.h"

struct db_rows;
struct job;

/* One claimed event. */
struct event {
	const char *id;
	int64_t attempts;
	struct stripe_event content;
};

typedef void event_apply(struct job *job, const struct event *event);

struct event_type {
	const char *type;   /* "refund.*" = every event under refund; NULL ends the table */
	bool connect;       /* of a connected account, else of the platform; the other is ignored */
	bool asks;          /* reads the object again from Stripe */
	event_apply *apply; /* payments_refund_event() in payments/refund_event.c */
};

/*
 * What the statement made of it (rows with `outcome`); NULL = the database did not take
 * it: later again.
 */
void event_applied(struct job *job, const struct event *event, const struct db_rows *rows);

/* The end of it without an effect: state "ignored" or "failed", and why. */
void event_finish(struct job *job, const struct event *event, const char *state, const char *note);

/* Not applied, and not lost: it comes again after the kind's delay. */
void event_retry(struct job *job, const struct event *event, const char *why);

/* As stripe_dispute_get(): asks Stripe for what an event is about. */
typedef enum stripe_result event_reader(struct stripe *stripe, const char *id,
    struct stripe_reply *reply);

/*
 * Reads it as it is now.  False = it did not come: the event comes again later, unless Stripe says
 * that it does not exist.
 */
bool event_read(struct job *job, const struct event *event, event_reader *read, const char *id,
    struct stripe_reply *reply) MUST_CHECK;

#endif
