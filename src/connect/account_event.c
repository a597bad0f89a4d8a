/* Stripe's account events: the account is read again, so the order of events does not matter. */
#include "config.h"

#include "connect/connect.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/jobs/job.h"
#include "core/json/json.h"
#include "core/stripe/stripe.h"

static const struct db_stmt apply_stmt = { "connect.account_event",
	"select connect.account_event($1, $2::jsonb, $3::bigint) as outcome", 3, 0 };
static const struct db_stmt gone_stmt = { "connect.account_event_gone",
	"select connect.account_event_gone($1, $2, $3, $4::bigint) as outcome", 4, 0 };
const struct db_stmt *const connect_account_event_stmts[] = { &apply_stmt, &gone_stmt, NULL };

static void
gone(struct job *job, const struct event *event, const char *reason, int64_t at_ms)
{
	event_applied(job, event,
	    event_sql(job, event, &gone_stmt,
		DB_PARAMS(db_text(event->id), db_text(event->content.account), db_text(reason),
		    db_int(job->arena, at_ms))));
}

void
connect_account_event(struct job *job, const struct event *event)
{
	int64_t asked_ms = clock_database_ms();
	struct stripe_reply reply;

	if (!event_read(job, event, stripe_account_get, event->content.account, &reply))
		return;
	if (reply.result == STRIPE_GONE) {
		gone(job, event, reply.code, asked_ms);
		return;
	}
	event_applied(job, event,
	    event_sql(job, event, &apply_stmt,
		DB_PARAMS(db_text(event->id), db_text(json_print(job->arena, reply.object)),
		    db_int(job->arena, asked_ms))));
}

/* The account has left our platform and cannot be read; the event's object is the application. */
void
connect_account_event_gone(struct job *job, const struct event *event)
{
	/* a second is over with its last millisecond */
	gone(job, event, event->content.type, event->content.created_s * 1000 + 999);
}
