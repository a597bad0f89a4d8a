/* Connect accounts of a user: create one, list them with their state at Stripe. */
#include "config.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "connect/connect.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/json/json.h"
#include "core/json/json_out.h"
#include "core/stripe/row.h"
#include "core/web/call.h"
#include "core/web/reply.h"
#include "core/web/req.h"

/* Time for Stripe in a list: with two round trips to the database the list answers within 2 s. */
#define REFRESH_BUDGET_MS 1300

static const struct db_stmt begin_stmt = { "connect.account_begin",
	"select " ACCOUNT_COLUMNS " from connect.account_begin($1, $2, $3, $4::int, $5::text[])", 5,
	0 };
static const struct db_stmt list_stmt = { "connect.account_list",
	"select id, stripe_account_id, status, payouts_enabled, charges_enabled,"
	" details_submitted, bank_name, last4, country, checked_at, stale, stripe_account"
	" from connect.account_v where true" DB_NEWEST_FIRST("connect.account_v"),
	2, DB_PIPELINED };
const struct db_stmt connect_refresh_stmt = { "connect.account_refresh",
	"select connect.account_refresh($1::jsonb, $2::bigint) as refreshed", 2, DB_OUTCOME };
const struct db_stmt *const connect_account_stmts[] = { &begin_stmt, &list_stmt,
	&connect_refresh_stmt, NULL };

static const struct view_field view[] = {
	{ "id", NULL, VIEW_TEXT },
	{ "stripe_account_id", NULL, VIEW_TEXT },
	{ "status", NULL, VIEW_TEXT },
	{ "payouts_enabled", NULL, VIEW_BOOL },
	{ "charges_enabled", NULL, VIEW_BOOL },
	{ "details_submitted", NULL, VIEW_BOOL },
	{ "bank_name", NULL, VIEW_TEXT },
	{ "last4", NULL, VIEW_TEXT },
	{ "country", NULL, VIEW_TEXT },
	{ "checked_at", NULL, VIEW_TEXT },
	{ 0 },
};

struct account {
	const char *country; /* ISO 3166, two letters */
};

static const struct field fields[] = {
	{ "country", FIELD_TEXT, true, 2, 2, offsetof(struct account, country) },
	{ 0 },
};

const struct route_input connect_account_create_input = { fields, sizeof(struct account), NULL };

/* Two letters, as capitals; NULL = a problem was recorded. */
static const char *
read_country(struct req *req, const char *text)
{
	char *country = arena_strdup(req->arena, text);

	for (char *c = country; *c != '\0'; c++) {
		if (!isascii((unsigned char)*c) || !isalpha((unsigned char)*c)) {
			problem_field(req, "country", "must be a country's two letters (ISO 3166)");
			return NULL;
		}
		*c = (char)toupper((unsigned char)*c);
	}
	return country;
}

/* --- create ------------------------------------------------------------------ */

/* Stripe's refusal as a problem: of the client's field when it is about the country. */
static void
refusal(struct req *req, const struct stripe_reply *reply)
{
	if ((reply->param != NULL && strcmp(reply->param, "country") == 0) ||
	    (reply->code != NULL && strcmp(reply->code, "country_unsupported") == 0))
		problem_field(req, "country", "Stripe cannot pay out to this country");
	else
		problem(req, PROBLEM_STRIPE_REFUSED, "Stripe refused the account (%s)",
		    reply->code != NULL ? reply->code : "no code");
}

/* Makes the account at Stripe and commits its id; NULL = a problem was recorded. */
static const struct db_rows *
account_make(struct req *req, struct stripe *stripe, const struct db_rows *account)
{
	const struct db_rows *recorded;
	struct stripe_reply reply;
	struct db_step step;

	req->wakes_jobs = true;
	step = connect_account_ask(stripe, account, CALL_RESUME_MS, &reply);
	if (stripe_made(&reply))
		return call_settle_now(req, step.stmt, step.params);
	recorded = call_settle(req, step.stmt, step.params);
	if (recorded == NULL)
		return NULL;
	/* Not failed: another caller has leased the account meanwhile, and asks. */
	if (reply.result == STRIPE_REFUSED &&
	    strcmp(db_value(recorded, 0, "status"), "failed") == 0)
		refusal(req, &reply);
	else
		problem(req, PROBLEM_STRIPE_ERROR, NULL);
	return NULL;
}

/* The answer: the account and its onboarding link. */
static int
created(struct req *req, const struct db_rows *account, const char *url)
{
	struct json_out out;

	json_out_init(&out, &req->reply);
	json_out_object(&out, NULL);
	json_out_text(&out, "id", db_value(account, 0, "account_id"));
	json_out_text(&out, "stripe_account_id", db_value(account, 0, "stripe_account_id"));
	json_out_text(&out, "onboarding_url", url);
	json_out_text(&out, "status", db_value(account, 0, "status"));
	json_out_bool(&out, "payouts_enabled", db_value_bool(account, 0, "payouts_enabled"));
	json_out_bool(&out, "charges_enabled", db_value_bool(account, 0, "charges_enabled"));
	json_out_bool(&out, "details_submitted", db_value_bool(account, 0, "details_submitted"));
	json_out_finish(&out);
	return req->status = 200;
}

/*
 * POST /v2/connect/accounts -- the user becomes a payee.
 *
 * account_begin() commits the account, or finds the user's unfinished one of
 * that country; its id is Stripe's idempotency key.  So a repeated request
 * makes no second account.  Each answer has a fresh onboarding link.
 */
int
connect_account_create(struct req *req)
{
	const struct account *in = req->input;
	const char *country = read_country(req, in->country);
	const struct db_rows *account;
	struct stripe stripe;
	const char *url;

	if (country == NULL)
		return call_refuse_recorded(req);
	account = call_begin(req, &begin_stmt,
	    DB_PARAMS(db_text(country), db_text(req->conf->stripe_platform_country),
		db_text(req->holder), db_int(req->arena, call_lease_ms(req)),
		db_text(credentials_keys(req->conf->credentials, req->arena))));
	if (account == NULL)
		return req->status;
	if (account->count == 0)
		return problem(req, PROBLEM_UNAVAILABLE, NULL);
	stripe_init(&stripe, req->conf, db_value(account, 0, "stripe_account"), req->arena,
	    req->id);
	if (db_value(account, 0, "stripe_account_id") == NULL)
		account = account_make(req, &stripe, account);
	if (account == NULL)
		return req->status;
	url = connect_onboarding_link_make(req, &stripe, account);
	if (url == NULL)
		return req->status;
	return created(req, account, url);
}

/* --- list -------------------------------------------------------------------- */

/* The accounts that Stripe returned before the deadline, as a JSON array. */
static const char *
ask_stripe(struct req *req, struct stripe *stripe, const char *const *ids, size_t count)
{
	struct stripe_reply *replies = arena_alloc(req->arena, count * sizeof(*replies));
	stripe->deadline_ms = clock_monotonic_ms() + REFRESH_BUDGET_MS;
	stripe_account_get_many(stripe, ids, count, replies);
	return stripe_account_answers(req->arena, ids, replies, count);
}

/* Refreshes the stale rows of the page from Stripe; false = a problem was recorded. */
static bool
refresh_page(struct req *req, const struct db_rows *accounts, int64_t limit, bool *refreshed)
{
	const char **ids = arena_alloc(req->arena, LIMIT_PAGE_ROWS * sizeof(*ids));
	int64_t asked_ms = clock_database_ms();
	struct stripe stripe = { 0 };
	size_t count = 0;

	for (int row = 0; row < accounts->count && row < limit; row++) {
		if (db_value_bool(accounts, row, "stale"))
			ids[count++] = db_value(accounts, row, "stripe_account_id");
	}
	if (count > 0)
		stripe_init(&stripe, req->conf, db_value(accounts, 0, "stripe_account"), req->arena,
		    req->id);
	*refreshed = stripe.secret_key != NULL;
	if (!*refreshed)
		return true;
	return call_read(req, &connect_refresh_stmt,
		   DB_PARAMS(db_text(ask_stripe(req, &stripe, ids, count)),
		       db_int(req->arena, asked_ms))) != NULL;
}

/*
 * GET /v2/connect/accounts -- newest first, refreshed from Stripe: all stale
 * accounts are read at the same time.  An account that Stripe does not return
 * in time is shown as stored; checked_at says when it was read.
 */
int
connect_account_list(struct req *req)
{
	const struct db_rows *accounts;
	const struct db_param *params;
	struct req_page page;
	bool refreshed;

	if (!req_page(req, "con_", &page))
		return call_refuse_recorded(req);
	params = DB_PARAMS(db_int(req->arena, page.limit + 1), db_text(page.after));
	accounts = call_read(req, &list_stmt, params);
	if (accounts == NULL || !refresh_page(req, accounts, page.limit, &refreshed))
		return req->status;
	if (refreshed)
		accounts = call_read(req, &list_stmt, params);
	if (accounts == NULL)
		return req->status;
	return reply_list(req, view, accounts, page.limit);
}
