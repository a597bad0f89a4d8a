/* The handlers of the webhooks family. */
#ifndef PURSER_STRIPE_EVENTS_H
#define PURSER_STRIPE_EVENTS_H

struct req;

/* stripe_in.c */
int stripe_event_receive(struct req *req);

#endif
