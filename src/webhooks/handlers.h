/* The handlers of the webhooks family. */
#ifndef PURSER_WEBHOOKS_HANDLERS_H
#define PURSER_WEBHOOKS_HANDLERS_H

struct req;

/* stripe_in.c */
int stripe_event_receive(struct req *req);

#endif
