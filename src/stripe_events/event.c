/* Receives Stripe's events. */
#include "config.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/event_in.h"
#include "core/stripe/signature.h"
#include "core/web/call.h"
#include "core/web/reply.h"
#include "core/web/req.h"
#include "stripe_events/stripe_events.h"

const struct db_stmt stripe_events_event_receive_stmt = { "stripe_events.event_receive",
	"select stripe_events.event_receive($1::text[], $2::text[], $3::text[],"
	" $4::text[]::boolean[], $5::text[]::bigint[], $6::text[], $7::text[],"
	" $8::text[]) as new",
	8, 0 };
static const struct db_stmt pass_stmt = { "stripe_events.message_pass",
	"select stripe_events.message_pass($1::text[])", 1, 0 };
const struct db_stmt *const stripe_events_event_stmts[] = { &stripe_events_event_receive_stmt,
	&pass_stmt, NULL };

/* The reason of a refused signature; Stripe's dashboard shows the answer with it. */
static const char *
refusal(enum signature_result result)
{
	switch (result) {
	case SIGNATURE_OK:
		return NULL;
	case SIGNATURE_MALFORMED:
		return "the Stripe-Signature header is missing or malformed";
	case SIGNATURE_MISMATCH:
		return "no configured secret made this signature";
	case SIGNATURE_EXPIRED:
		return "the signature's time differs from now by more than 300 seconds";
	}
	BUG("unknown result of a signature");
}

/*
 * A verified message that is no event of either kind, as one of a type that is made later: Stripe
 * would repeat it for days if it were refused.
 */
static int
pass(struct req *req, const char *why)
{
	log_event(LOG_LEVEL_WARN, req->id, "verified message that is no event", "error", why, NULL);
	if (call_grouped_insert(req, &pass_stmt, DB_PARAMS(db_text(why))) == NULL)
		return req->status;
	return reply_literal(req, 200, "{\"received\":true}");
}

/*
 * POST /v2/webhooks/stripe -- store an event once and answer.
 *
 * The signature covers the raw bytes, so it is verified before any parsing.  The
 * request only inserts the event; purser-jobs, woken after the commit, applies it.
 */
int
stripe_events_event_receive(struct req *req)
{
	const char *why;
	struct stripe_event event;
	const struct db_rows *stored;

	if (req->conf->stripe_webhook_secrets.count == 0)
		return problem(req, PROBLEM_STRIPE_NOT_CONFIGURED, NULL);
	why = refusal(signature_verify(req->headers.stripe_signature, req->body, req->body_len,
	    &req->conf->stripe_webhook_secrets, clock_unix_s()));
	if (why != NULL)
		return problem(req, PROBLEM_SIGNATURE_INVALID, "%s", why);
	if (!stripe_event_parse(req->arena, req->body, req->body_len, &event, &why))
		return pass(req, why);
	stored = call_grouped_insert(req, &stripe_events_event_receive_stmt,
	    DB_PARAMS(db_text(event.id), db_text(event.type), db_text(event.account),
		db_bool(event.livemode), db_int(req->arena, event.created_s),
		db_text(event.api_version), db_text(event.object_id), db_text(req->body)));
	if (stored == NULL)
		return req->status;
	/* Of the requests stored together one gets the number, and wakes purser-jobs for all. */
	req->wakes_jobs = stored->count == 1 && db_value_int(stored, 0, "new") > 0;
	return reply_literal(req, 200, "{\"received\":true}");
}
