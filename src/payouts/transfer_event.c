/* Stripe's transfer events: the transfer is read again, with its reversals. */
#include "config.h"

#include "core/base/arena.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "payouts/payouts.h"

static const struct db_stmt apply_stmt = { "payouts.transfer_event",
	"select payouts.transfer_event($1, $2::jsonb) as outcome", 2, 0 };
const struct db_stmt *const payouts_transfer_event_stmts[] = { &apply_stmt, NULL };

void
payouts_transfer_event(struct job *job, const struct event *event)
{
	const char *id = event->content.object_id;
	struct stripe_reply reply;

	if (id == NULL || !stripe_id_valid(id)) {
		event_finish(job, event, "ignored", "no transfer id");
		return;
	}
	if (!event_read(job, event, stripe_transfer_get, id, &reply))
		return;
	event_applied(job, event,
	    job_sql(job, &apply_stmt,
		DB_PARAMS(db_text(event->id), db_text(json_print(job->arena, reply.object)))));
}
