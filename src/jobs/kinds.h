/* What main.c's table names: one file per kind of job. */
#ifndef PURSER_JOBS_KINDS_H
#define PURSER_JOBS_KINDS_H

#include <stdbool.h>

struct job;

bool stripe_event_run(struct job *job);		/* stripe_event.c */
bool checkout_run(struct job *job);		/* checkout.c */
bool reconcile_run(struct job *job);		/* reconcile.c */
bool provision_run(struct job *job);		/* provision.c */
bool connect_run(struct job *job);		/* connect.c */
bool payout_run(struct job *job);		/* payout.c */
bool backfill_run(struct job *job);		/* backfill.c */
bool prune_run(struct job *job);		/* prune.c */

#endif
