/* Classifies Stripe's answers; for the client alone. */
#ifndef PURSER_STRIPE_CLASSIFY_H
#define PURSER_STRIPE_CLASSIFY_H

#include "core/stripe/stripe.h"

/* An answer with an error; the reply has its status, and gets key_spent and type to message. */
enum stripe_result stripe_classify_error(struct arena *arena, const struct stripe_call *call,
    const struct json *answer, struct stripe_reply *reply);

/* An answer of success: the object that was asked for, an account that was deleted, or neither. */
enum stripe_result stripe_classify_object(const struct stripe_call *call, const struct json *answer,
    struct stripe_reply *reply);

/* For the log. */
const char *stripe_result_name(enum stripe_result result);

#endif
