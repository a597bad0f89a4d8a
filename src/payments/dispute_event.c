/* Stripe's dispute events: the dispute is read again, so the order of events does not matter. */
#include "config.h"

#include "core/base/arena.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "payments/payments.h"

static const struct db_stmt apply_stmt = { "payments.dispute_event",
	"select payments.dispute_event($1, $2::jsonb) as outcome", 2, 0 };
const struct db_stmt *const payments_dispute_event_stmts[] = { &apply_stmt, NULL };

void
payments_dispute_event(struct job *job, const struct event *event)
{
	const char *id = event->content.object_id;
	struct stripe_reply reply;

	if (id == NULL || !stripe_id_valid(id)) {
		event_finish(job, event, "ignored", "no dispute id");
		return;
	}
	if (!event_read(job, event, stripe_dispute_get, id, &reply) ||
	    !payments_payment_intent_is_ours(job, event, reply.object, id))
		return;
	event_applied(job, event,
	    event_sql(job, event, &apply_stmt,
		DB_PARAMS(db_text(event->id), db_text(json_print(job->arena, reply.object)))));
}
