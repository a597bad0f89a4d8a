/* A client of Stripe's API whose server answers by a script. */
#ifndef PURSER_T_SCRIPTED_STRIPE_H
#define PURSER_T_SCRIPTED_STRIPE_H

#include "core/stripe/stripe.h"
#include "t/unit/scripted_server.h"

/* With the key sk_test_1, and a millisecond before a repetition. */
struct stripe scripted_stripe(struct arena *arena, const struct scripted_server *server);

#endif
