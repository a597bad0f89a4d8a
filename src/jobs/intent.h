/* Applying what Stripe says of a PaymentIntent: from an event, or re-read by reconciling. */
#ifndef PURSER_JOBS_INTENT_H
#define PURSER_JOBS_INTENT_H

#include <stdbool.h>
#include <stdint.h>

struct job;
struct json;

/* event_id NULL = reconciling; created_s is the event's or the time of the look.  False = the database did not take it. */
bool intent_apply(struct job *job, const char *event_id, const struct json *intent,
    int64_t created_s);

#endif
