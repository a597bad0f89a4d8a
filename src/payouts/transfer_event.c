/* Stripe's transfer events: the transfer is read again, and all of its reversals. */
#include "config.h"

#include "core/base/arena.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"
#include "payouts/payouts.h"

static const struct db_stmt apply_stmt = { "payouts.transfer_event",
	"select payouts.transfer_event($1, $2::jsonb, $3::jsonb) as outcome", 3, 0 };
const struct db_stmt *const payouts_transfer_event_stmts[] = { &apply_stmt, NULL };

/*
 * The reversals as an array: those that Stripe shows with the transfer, which are some ten, else
 * all pages of them.  NULL = they could not be read, and the event is ended.
 */
static const char *
read_reversals(struct job *job, const struct event *event, const struct json *transfer)
{
	const struct json *shown = json_path(transfer, "reversals.data");
	struct stripe_reply reply;
	bool more;

	if (shown != NULL && json_bool(json_path(transfer, "reversals.has_more"), &more) && !more)
		return json_print(job->arena, shown);
	if (!event_read(job, event, stripe_reversal_list, event->content.object_id, &reply))
		return NULL;
	return json_print(job->arena, json_get(reply.object, "data"));
}

void
payouts_transfer_event(struct job *job, const struct event *event)
{
	const char *id = event->content.object_id;
	struct stripe_reply reply;
	const char *reversals;

	if (id == NULL || !stripe_id_valid(id)) {
		event_finish(job, event, "ignored", "no transfer id");
		return;
	}
	if (!event_read(job, event, stripe_transfer_get, id, &reply))
		return;
	reversals = read_reversals(job, event, reply.object);
	if (reversals == NULL)
		return;
	event_applied(job, event,
	    event_sql(job, event, &apply_stmt,
		DB_PARAMS(db_text(event->id), db_text(json_print(job->arena, reply.object)),
		    db_text(reversals))));
}
