/* Stripe's refund events: all refunds of the PaymentIntent are read again. */
#include "config.h"

#include "core/base/arena.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "payments/payments.h"

static const struct db_stmt apply_stmt = { "payments.refund_event",
	"select payments.refund_event($1, $2, $3::jsonb) as outcome", 3, 0 };
const struct db_stmt *const payments_refund_event_stmts[] = { &apply_stmt, NULL };

void
payments_refund_event(struct job *job, const struct event *event)
{
	const char *intent = payments_payment_intent_of(event->content.object);
	struct stripe_reply reply;

	if (!payments_payment_intent_is_ours(job, event, event->content.object, NULL))
		return;
	if (!event_read(job, event, stripe_refund_list, intent, &reply))
		return;
	event_applied(job, event,
	    event_sql(job, event, &apply_stmt,
		DB_PARAMS(db_text(event->id), db_text(intent),
		    db_text(json_print(job->arena, json_get(reply.object, "data"))))));
}
