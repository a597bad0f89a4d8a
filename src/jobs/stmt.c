#include "config.h"

#include "jobs/stmt.h"

const struct db_stmt jobs_stmts[] = {
	[STMT_STRIPE_EVENT_CLAIM] = { "jobs.stripe_event_claim",
		"select id, type, account, livemode, created_s, payload, attempts"
		" from jobs.stripe_event_claim($1, $2::int, $3::int)", 3 },
	[STMT_STRIPE_EVENT_RETRY] = { "jobs.stripe_event_retry",
		"select jobs.stripe_event_retry($1, $2::int, $3)", 3 },
	[STMT_STRIPE_EVENT_FINISH] = { "jobs.stripe_event_finish",
		"select jobs.stripe_event_finish($1, $2, $3)", 3 },
	[STMT_STRIPE_EVENT_RECEIVE] = { "webhooks.stripe_event_receive",
		"select webhooks.stripe_event_receive($1::text[], $2::text[], $3::text[],"
		" $4::text[]::boolean[], $5::text[]::bigint[], $6::text[], $7::text[],"
		" $8::text[]) as new", 8 },
	[STMT_PAYMENT_INTENT_APPLY] = { "jobs.payment_intent_apply",
		"select jobs.payment_intent_apply($1, $2, $3, $4, $5::bigint, $6::bigint, $7,"
		" $8::bigint, $9, $10, $11) as outcome", 11 },
	[STMT_REFUNDS_APPLY] = { "jobs.refunds_apply",
		"select jobs.refunds_apply($1, $2, $3::jsonb) as outcome", 3 },
	[STMT_DISPUTE_APPLY] = { "jobs.dispute_apply",
		"select jobs.dispute_apply($1, $2::jsonb) as outcome", 2 },
	[STMT_TRANSFER_APPLY] = { "jobs.transfer_apply",
		"select jobs.transfer_apply($1, $2::jsonb) as outcome", 2 },
	[STMT_ACCOUNT_APPLY] = { "jobs.account_apply",
		"select jobs.account_apply($1, $2::jsonb, $3::bigint) as outcome", 3 },
	[STMT_ACCOUNT_DEAUTHORIZE] = { "jobs.account_deauthorize",
		"select jobs.account_deauthorize($1, $2, $3::bigint) as outcome", 3 },
	[STMT_CHECKOUT_CLAIM] = { "jobs.checkout_claim",
		"select tenant_id, payment_id, amount_cents, currency, user_id, tier_id, market,"
		" asset_class, account_size, created_s, attempts"
		" from jobs.checkout_claim($1, $2::int)", 2 },
	[STMT_CHECKOUT_SETTLE] = { "payments.checkout_settle",
		"select payment_id from payments.checkout_settle($1, $2, $3, $4)", 4 },
	[STMT_CHECKOUT_REFUSE] = { "payments.checkout_refuse",
		"select payment_id from payments.checkout_refuse($1, $2, $3)", 3 },
	[STMT_CHECKOUT_UNKNOWN] = { "payments.checkout_unknown",
		"select payment_id from payments.checkout_unknown($1, $2, $3::int)", 3 },
	[STMT_RECONCILE_CLAIM] = { "jobs.reconcile_claim",
		"select tenant_id, payment_id, stripe_payment_intent_id, attempts"
		" from jobs.reconcile_claim($1, $2::int, $3::int)", 3 },
	[STMT_PROVISION_CLAIM] = { "jobs.provision_claim",
		"select tenant_id, account_id, user_id, asset_class, account_size, entity_hotkey,"
		" step, settled, attempts from jobs.provision_claim($1, $2::int, $3::int)", 3 },
	[STMT_PROVISION_SETTLE] = { "payments.provision_settle",
		"select payments.provision_settle($1, $2::bigint, $3, $4) as outcome", 4 },
	[STMT_PROVISION_MATCH] = { "payments.provision_match",
		"select payments.provision_match($1, $2::jsonb, $3::boolean, $4::int) as outcome", 4 },
	[STMT_PROVISION_RETRY] = { "payments.provision_retry",
		"select payments.provision_retry($1, $2, $3, $4::int, $5::int) as status", 5 },
	[STMT_CONNECT_CLAIM] = { "jobs.connect_claim",
		"select tenant_id, user_id, account_id, country, recipient, email, created_s,"
		" attempts from jobs.connect_claim($1, $2::int)", 2 },
	[STMT_CONNECT_ACCOUNT_SETTLE] = { "connect.account_settle",
		"select account_id from connect.account_settle($1, $2::jsonb, $3::bigint)", 3 },
	[STMT_CONNECT_ACCOUNT_REFUSE] = { "connect.account_refuse",
		"select connect.account_refuse($1, $2, $3) as status", 3 },
	[STMT_CONNECT_ACCOUNT_UNKNOWN] = { "connect.account_unknown",
		"select connect.account_unknown($1, $2, $3::int) as status", 3 },
	[STMT_PAYOUT_CLAIM] = { "jobs.payout_claim",
		"select tenant_id, user_id, id, amount_cents, currency, destination, attempt,"
		" sent_s, attempts from jobs.payout_claim($1, $2::int)", 2 },
	[STMT_PAYOUT_SETTLE] = { "payouts.payout_settle",
		"select status from payouts.payout_settle($1, $2::jsonb)", 2 },
	[STMT_PAYOUT_REFUSE] = { "payouts.payout_refuse",
		"select status from payouts.payout_refuse($1, $2::int, $3, $4)", 4 },
	[STMT_PAYOUT_UNKNOWN] = { "payouts.payout_unknown",
		"select status from payouts.payout_unknown($1, $2::int, $3, $4::int)", 4 },
	[STMT_BACKFILL_CLAIM] = { "jobs.backfill_claim",
		"select from_s, after, pages from jobs.backfill_claim($1, $2::int, $3::int)", 3 },
	[STMT_BACKFILL_ADVANCE] = { "jobs.backfill_advance",
		"select jobs.backfill_advance($1, $2::bigint, $3) as held", 3 },
	[STMT_BACKFILL_FINISH] = { "jobs.backfill_finish", "select jobs.backfill_finish($1)", 1 },
	[STMT_BACKFILL_RESTART] = { "jobs.backfill_restart",
		"select jobs.backfill_restart($1)", 1 },
	[STMT_PRUNE] = { "jobs.prune", "select jobs.prune($1::int) as rows", 1 },
	[STMT__MAX] = { 0 }
};
