/*
 * What an error of Stripe's says: decided by its code and by which object the code is about.  The
 * HTTP status decides where there is no code that we know.
 */
#include <stdbool.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/json/json.h"
#include "core/stripe/classify.h"
#include "core/stripe/stripe.h"

enum about {
	ANYTHING,
	THE_ACCOUNT, /* the Connect account that the call names */
};

/* Known codes; the first row that fits counts. */
static const struct {
	const char *code;
	enum about about;
	enum stripe_result result;
} codes[] = {
	{ "account_invalid", THE_ACCOUNT, STRIPE_GONE },
	{ "account_invalid", ANYTHING, STRIPE_UNKNOWN }, /* of which account is not said */
	{ "resource_missing", THE_ACCOUNT, STRIPE_GONE },
	{ "resource_missing", ANYTHING, STRIPE_REFUSED },
	{ "no_account", ANYTHING, STRIPE_REFUSED },
	{ "account_closed", ANYTHING, STRIPE_REFUSED },
	{ "transfers_not_allowed", ANYTHING, STRIPE_REFUSED },
	{ "payouts_not_allowed", ANYTHING, STRIPE_REFUSED },
	{ "capability_not_active", ANYTHING, STRIPE_REFUSED },
	{ "insufficient_capabilities_for_transfer", ANYTHING, STRIPE_REFUSED },
	{ "country_unsupported", ANYTHING, STRIPE_REFUSED },

	{ "balance_insufficient", ANYTHING, STRIPE_REFUSED_FOR_NOW },
	{ "insufficient_funds", ANYTHING, STRIPE_REFUSED_FOR_NOW },
	{ "lock_timeout", ANYTHING, STRIPE_REFUSED_FOR_NOW },
	{ "rate_limit", ANYTHING, STRIPE_REFUSED_FOR_NOW },
	{ "payouts_limit_exceeded", ANYTHING, STRIPE_REFUSED_FOR_NOW },
	{ "payment_intent_rate_limit_exceeded", ANYTHING, STRIPE_REFUSED_FOR_NOW },

	{ "api_key_expired", ANYTHING, STRIPE_RIGHTS },
	{ "platform_api_key_expired", ANYTHING, STRIPE_RIGHTS },
	{ "secret_key_required", ANYTHING, STRIPE_RIGHTS },
	{ "livemode_mismatch", ANYTHING, STRIPE_RIGHTS },
	{ "testmode_charges_only", ANYTHING, STRIPE_RIGHTS },
	{ "tls_version_unsupported", ANYTHING, STRIPE_RIGHTS },
	{ "platform_account_required", ANYTHING, STRIPE_RIGHTS },
	{ "approval_required", ANYTHING, STRIPE_RIGHTS },
	{ "inactive_api_operation_confirmation_required", ANYTHING, STRIPE_RIGHTS },
	{ "more_permissions_required", ANYTHING, STRIPE_RIGHTS },

	/* an earlier request under the key is at work */
	{ "idempotency_key_in_use", ANYTHING, STRIPE_UNKNOWN },
};

/* For codes that are not known, and errors without one; other statuses are refusals for good. */
static const struct {
	int status;
	enum stripe_result result;
} statuses[] = {
	{ 401, STRIPE_RIGHTS },
	{ 403, STRIPE_RIGHTS },
	{ 408, STRIPE_UNKNOWN }, /* a timeout before Stripe read the request */
	{ 409, STRIPE_UNKNOWN }, /* a request at work on the same object or key */
	{ 424, STRIPE_UNKNOWN }, /* a partner of Stripe's failed */
	{ 425, STRIPE_UNKNOWN },
	{ 429, STRIPE_REFUSED_FOR_NOW },
};

/*
 * Is the error about the Connect account that the call names?  Where a parameter names it, Stripe
 * says which parameter is wrong; a path names nothing else.
 */
static bool
is_about_account(const struct stripe_call *call, const struct stripe_reply *reply)
{
	if (call->names_account == NULL)
		return false;
	if (strcmp(call->names_account, STRIPE_IN_PATH) == 0)
		return true;
	if (reply->param == NULL) /* the account is the only one, so that it needs no param */
		return strcmp(reply->code, "account_invalid") == 0;
	return strcmp(reply->param, call->names_account) == 0;
}

static enum stripe_result
by_status(int status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].status == status)
			return statuses[i].result;
	}
	return STRIPE_REFUSED;
}

static enum stripe_result
by_code(const struct stripe_call *call, const struct stripe_reply *reply)
{
	for (size_t i = 0; reply->code != NULL && i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(codes[i].code, reply->code) == 0 &&
		    (codes[i].about == ANYTHING || is_about_account(call, reply)))
			return codes[i].result;
	}
	return by_status(reply->status);
}

static void
read_error(const struct json *error, struct stripe_reply *reply)
{
	reply->type = json_text(json_get(error, "type"));
	reply->code = json_text(json_get(error, "code"));
	reply->decline_code = json_text(json_get(error, "decline_code"));
	reply->param = json_text(json_get(error, "param"));
	reply->message = json_text(json_get(error, "message"));
	if (reply->message == NULL)
		reply->message = "Stripe gave no reason";
}

enum stripe_result
stripe_classify_error(struct arena *arena, const struct stripe_call *call,
    const struct json *answer, struct stripe_reply *reply)
{
	const struct json *error = json_get(answer, "error");
	enum stripe_result result;

	if (json_text(json_get(error, "type")) == NULL) {
		/* a proxy or another machine between us and Stripe has answered */
		reply->message = "the answer is not an error of Stripe's form";
		return STRIPE_UNKNOWN;
	}
	read_error(error, reply);
	/*
	 * The key was used before with other parameters.  So an earlier request with
	 * this key did run and may have moved money.  This refusal is about a bug of
	 * ours and must not mark anything as failed.
	 */
	if (strcmp(reply->type, "idempotency_error") == 0 || reply->status < 400 ||
	    reply->status > 499)
		return STRIPE_UNKNOWN;
	result = by_code(call, reply);
	/* Stripe keeps the answers of what it began to execute, not these two */
	reply->key_spent = reply->status != 409 && reply->status != 429;
	if (result == STRIPE_RIGHTS)
		reply->message =
		    arena_printf(arena, STRIPE_RIGHTS_WORDS " %s: %s", call->label, reply->message);
	return result;
}

enum stripe_result
stripe_classify_object(const struct stripe_call *call, const struct json *answer,
    struct stripe_reply *reply)
{
	const struct json *mark = json_get(answer, "deleted");
	bool deleted = false;

	if (!json_is_text(json_get(answer, "object"), call->object) ||
	    (mark != NULL && !json_bool(mark, &deleted))) {
		reply->message = "the answer is not the object that was asked for";
		return STRIPE_UNKNOWN;
	}
	reply->object = answer;
	if (!deleted)
		return STRIPE_OK;
	reply->code = "account_deleted";
	reply->message = "the object was deleted";
	return call->names_account != NULL ? STRIPE_GONE : STRIPE_REFUSED;
}

const char *
stripe_result_name(enum stripe_result result)
{
	static const char *const names[] = {
		[STRIPE_OK] = "ok",
		[STRIPE_REFUSED] = "refused",
		[STRIPE_REFUSED_FOR_NOW] = "refused for now",
		[STRIPE_GONE] = "gone",
		[STRIPE_RIGHTS] = "rights",
		[STRIPE_UNKNOWN] = "unknown",
	};

	return names[result];
}
