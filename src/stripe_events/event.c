/* Receives Stripe's events. */
#include "config.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/log.h"
#include "core/json/json.h"
#include "core/stripe/event_in.h"
#include "core/stripe/signature.h"
#include "core/web/call.h"
#include "core/web/reply.h"
#include "core/web/req.h"
#include "stripe_events/stripe_events.h"

const struct db_stmt stripe_events_event_receive_stmt = { "stripe_events.event_receive",
	"select stripe_events.event_receive($1::text[], $2::text[], $3::text[], $4::text[],"
	" $5::text[]::boolean[], $6::text[]::bigint[], $7::text[], $8::text[],"
	" $9::text[]) as new",
	9, 0 };
static const struct db_stmt pass_stmt = { "stripe_events.message_pass",
	"select stripe_events.message_pass($1::text[], $2::text[])", 2, 0 };
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

/* The secrets of the path's Stripe account; false = a problem was recorded. */
static bool
secrets_of(struct req *req, const char *account, struct conf_secrets *secrets)
{
	struct credentials credentials;

	if (!credentials_get(req->conf->credentials, account, &credentials)) {
		problem(req, PROBLEM_NOT_FOUND, NULL);
		return false;
	}
	*secrets = credentials.webhook_secrets;
	if (secrets->count == 0)
		problem(req, PROBLEM_STRIPE_NOT_CONFIGURED, NULL);
	return secrets->count > 0;
}

/*
 * A verified message that is no event of either kind, as one of a type that is made later: Stripe
 * would repeat it for days if it were refused.
 */
static int
pass(struct req *req, const char *account, const char *why)
{
	log_event(LOG_LEVEL_WARN, req->id, "verified message that is no event", "error", why, NULL);
	if (call_grouped_insert(req, &pass_stmt, DB_PARAMS(db_text(account), db_text(why))) == NULL)
		return req->status;
	return reply_literal(req, 200, "{\"received\":true}");
}

/*
 * POST /v2/webhooks/stripe/{account} -- store an event once and answer.
 *
 * Only the secrets of that Stripe account verify it: another account's event is refused.
 * Without {account} it is the account named `default`.
 *
 * The signature covers the raw bytes, so it is verified before any parsing.  The
 * request only inserts the event; purser-jobs, woken after the commit, applies it.
 */
int
stripe_events_event_receive(struct req *req)
{
	const char *account = req->path_params[0], *why;
	struct conf_secrets secrets;
	struct stripe_event event;
	const struct db_rows *stored;
	const struct json *json;

	if (account == NULL)
		account = CREDENTIALS_DEFAULT;
	if (!secrets_of(req, account, &secrets))
		return req->status;
	why = refusal(signature_verify(req->headers.stripe_signature, req->body, req->body_len,
	    &secrets, clock_unix_s()));
	if (why != NULL)
		return problem(req, PROBLEM_SIGNATURE_INVALID, "%s", why);
	json = json_parse(req->arena, req->body, req->body_len, &why);
	if (json == NULL || json_type(json) != JSON_OBJECT)
		return problem(req, PROBLEM_INVALID_JSON, "not a Stripe event: %s",
		    json == NULL ? why : "no JSON object");
	if (!stripe_event_read(req->arena, json, &event, &why))
		return pass(req, account, why);
	stored = call_grouped_insert(req, &stripe_events_event_receive_stmt,
	    DB_PARAMS(db_text(account), db_text(event.id), db_text(event.type),
		db_text(event.account), db_bool(event.livemode),
		db_int(req->arena, event.created_s), db_text(event.api_version),
		db_text(event.object_id), db_text(req->body)));
	if (stored == NULL)
		return req->status;
	/* Of the requests stored together one gets the number, and wakes purser-jobs for all. */
	req->wakes_jobs = stored->count == 1 && db_value_int(stored, 0, "new") > 0;
	return reply_literal(req, 200, "{\"received\":true}");
}
