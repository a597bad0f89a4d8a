/*
 * Provisions subaccounts at the account provider, which has no idempotency.  The
 * claim chooses the step: `create` when it is certain that no earlier attempt
 * has made a subaccount, `look` when an answer was lost or another attempt would
 * follow.  `look` takes an unclaimed subaccount of the same size and class.  When
 * there is none, and the lost attempt has certainly ended at the provider
 * (provider_settle_ms), the next claim may create again.
 *
 * A thread that was frozen past its lease sends nothing more, and what it reports is
 * recognised by the lease's number.
 */
#include "config.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/conf.h"
#include "core/base/credentials.h"
#include "core/base/log.h"
#include "core/jobs/job.h"
#include "core/upstream/provider.h"
#include "payments/payments.h"

static const struct db_stmt claim_stmt = { "payments.provision_claim",
	"select tenant_id, account_id, user_id, asset_class, account_size, entity_hotkey,"
	" stripe_account, step, settled, lease_no, attempts"
	" from payments.provision_claim($1, $2::int, $3::int, $4::text[])",
	4, 0 };
static const struct db_stmt settle_stmt = { "payments.provision_settle",
	"select payments.provision_settle($1, $2::bigint, $3, $4, $5::int) as outcome", 5, 0 };
static const struct db_stmt match_stmt = { "payments.provision_match",
	"select payments.provision_match($1, $2::int, $3::jsonb, $4::boolean, $5::int) as outcome",
	5, 0 };
static const struct db_stmt retry_stmt = { "payments.provision_retry",
	"select payments.provision_retry($1, $2::int, $3, $4, $5::int, $6::int) as status", 6, 0 };
const struct db_stmt *const payments_provision_job_stmts[] = { &claim_stmt, &settle_stmt,
	&match_stmt, &retry_stmt, NULL };

static const struct db_rows *
sql(struct job *job, const struct db_rows *account, const struct db_stmt *stmt,
    const struct db_param *params)
{
	return job_settle(job, account, (struct db_step) { .stmt = stmt, .params = params });
}

static struct db_param
account_id(const struct db_rows *account)
{
	return db_text(db_value(account, 0, "account_id"));
}

static struct db_param
lease_no(const struct db_rows *account)
{
	return db_text(db_value(account, 0, "lease_no"));
}

static const char *
retry_kind(enum provider_result result)
{
	switch (result) {
	case PROVIDER_REFUSED:
		return "refused";
	case PROVIDER_REFUSED_FOR_NOW:
	case PROVIDER_RIGHTS:
		return "not_sent";
	case PROVIDER_UNKNOWN:
		return "unknown";
	case PROVIDER_OK:
		break;
	}
	BUG("a success is not retried");
}

static const struct db_rows *
retry(struct job *job, const struct db_rows *account, const char *kind, int64_t delay_ms,
    const struct provider_error *error)
{
	/* a wrong token uses nothing of the budget up: 0 = no limit */
	int64_t attempts = error->rights ? 0 : job->conf->provider_attempts;
	const struct db_rows *rows = sql(job, account, &retry_stmt,
	    DB_PARAMS(account_id(account), lease_no(account), db_text(kind),
		db_text(error->message), db_int(job->arena, delay_ms),
		db_int(job->arena, attempts)));

	log_event(LOG_LEVEL_WARN, NULL, "subaccount not made", "account", account_id(account).value,
	    "kind", kind, "error", error->message, "status",
	    rows == NULL ? NULL : db_value(rows, 0, "status"), NULL);
	return rows;
}

/* Makes a subaccount and records the outcome. */
static const struct db_rows *
create(struct job *job, const struct db_rows *account)
{
	struct provider_error error = { 0 };
	struct subaccount made;
	struct credentials credentials;
	struct provider_order order = {
		.entity_hotkey = db_value(account, 0, "entity_hotkey"),
		.asset_class = db_value(account, 0, "asset_class"),
		.account_size = db_value_int(account, 0, "account_size"),
	};
	enum provider_result result;

	credentials_get(job->conf->credentials, db_value(account, 0, "stripe_account"),
	    &credentials);
	order.token = credentials.provider_token;
	result = provider_create(job->arena, job->conf, &order, job->lease_end_ms, &made, &error);
	/*
	 * After an unknown outcome the account looks soon; after a certain failure it
	 * tries again with a growing delay.
	 */
	if (result != PROVIDER_OK)
		return retry(job, account, retry_kind(result),
		    job_delay_ms(job,
			result == PROVIDER_UNKNOWN ? 1 : db_value_int(account, 0, "attempts")),
		    &error);
	return sql(job, account, &settle_stmt,
	    DB_PARAMS(account_id(account), db_int(job->arena, made.id), db_text(made.uuid),
		db_text(made.synthetic_hotkey), lease_no(account)));
}

/* Looks for the subaccount of a lost attempt; a failed look leaves the outcome unknown. */
static const struct db_rows *
look(struct job *job, const struct db_rows *account)
{
	struct provider_error error = { 0 };
	const char *hotkey = db_value(account, 0, "entity_hotkey");
	const char *subaccounts = NULL;
	struct credentials credentials;

	credentials_get(job->conf->credentials, db_value(account, 0, "stripe_account"),
	    &credentials);
	if (hotkey == NULL)
		error.message = "the tenant has no entity_hotkey";
	else if (provider_subaccounts(job->arena, job->conf, credentials.validator_token, hotkey,
		     &subaccounts, &error) != PROVIDER_OK)
		subaccounts = NULL;
	if (subaccounts == NULL)
		return retry(job, account, "unknown",
		    job_delay_ms(job, db_value_int(account, 0, "attempts")), &error);
	return sql(job, account, &match_stmt,
	    DB_PARAMS(account_id(account), lease_no(account), db_text(subaccounts),
		db_bool(db_value_bool(account, 0, "settled")),
		db_int(job->arena, job->conf->provider_attempts)));
}

bool
payments_provision_job(struct job *job)
{
	const struct db_rows *account;
	const struct db_rows *done;
	const char *step;

	if (job->conf->provider_base == NULL)
		return false;
	account = job_sql(job, &claim_stmt,
	    DB_PARAMS(job_holder(job), job_lease(job),
		db_int(job->arena, job->conf->provider_settle_ms),
		db_text(credentials_providers(job->conf->credentials, job->arena))));
	if (account == NULL || account->count == 0)
		return false;
	step = db_value(account, 0, "step");
	done = strcmp(step, "create") == 0 ? create(job, account) : look(job, account);
	log_event(LOG_LEVEL_INFO, NULL, "provisioning", "account", account_id(account).value,
	    "step", step, "done", done == NULL ? "no" : db_cell(done, 0, 0), NULL);
	return done != NULL;
}
