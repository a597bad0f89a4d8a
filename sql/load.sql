-- Brings a database to the state of this tree: psql -f sql/load.sql
--
-- Run by a superuser, or by the database's owner who is a member of
-- purser_owner and purser_background.  Safe to run again on a live database:
-- a migration runs once, each in its own transaction; functions, views and
-- grants are replaced whole in one transaction.

\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
set client_min_messages = warning;

\ir roles.sql

\set name 0001_core
\ir migrate.sql
\set name 0002_auth
\ir migrate.sql
\set name 0003_ledger
\ir migrate.sql
\set name 0004_payments
\ir migrate.sql
\set name 0005_webhooks
\ir migrate.sql
\set name 0006_admin
\ir migrate.sql
\set name 0010_journal
\ir migrate.sql

\set name 0020_connect
\ir migrate.sql
\set name 0021_payouts
\ir migrate.sql
\set name 0022_prune
\ir migrate.sql
\set name 0023_backfill
\ir migrate.sql
\set name 0024_checkout_created
\ir migrate.sql

begin;
-- Requests that run meanwhile hold locks that this transaction needs.  In a deadlock the session
-- that waits for deadlock_timeout first is the one that fails: not this one, since a request is
-- repeated.
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        set local deadlock_timeout = '60s';
    end if;
end
$$;
lock table core.migration in exclusive mode;
\ir unload.sql
grant create on schema core, auth, jobs, admin, webhooks, ledger to purser_background;

set local role purser_owner;
\ir views/payments.prop_account_v.sql
\ir views/payments.payment_v.sql
\ir views/connect.account_v.sql
\ir views/connect.account_answer.sql
\ir views/payouts.payout_row_v.sql
\ir views/payouts.payout_v.sql
\ir views/payouts.transfer_v.sql
\ir functions/core.new_id.sql
\ir functions/core.refuse.sql
\ir functions/core.rollback.sql
\ir functions/core.idempotency_begin.sql
\ir functions/core.idempotency_replay.sql
\ir functions/core.idempotency_finish.sql
\ir functions/core.idempotency_release.sql
\ir functions/core.idempotency_store.sql
\ir functions/ledger.lock.sql
\ir functions/ledger.post.sql
\ir functions/ledger.balance_at.sql
\ir functions/webhooks.outbox_add.sql
\ir functions/webhooks.stripe_event_wake.sql
\ir functions/payments.step_check.sql
\ir functions/payments.checkout_answer.sql
\ir functions/payments.checkout_lock.sql
\ir functions/payments.checkout_begin.sql
\ir functions/payments.checkout_settle.sql
\ir functions/payments.checkout_refuse.sql
\ir functions/payments.checkout_unknown.sql
\ir functions/payments.free_create.sql
\ir functions/payments.lifecycle_apply.sql
\ir functions/payments.payment_succeed.sql
\ir functions/payments.suspension_set.sql
\ir functions/payments.refund_apply.sql
\ir functions/payments.dispute_status.sql
\ir functions/payments.dispute_is_stale.sql
\ir functions/payments.dispute_post.sql
\ir functions/payments.provision_settle.sql
\ir functions/payments.provision_match.sql
\ir functions/payments.provision_retry.sql
\ir functions/connect.account_status.sql
\ir functions/connect.account_bank.sql
\ir functions/connect.account_tell.sql
\ir functions/connect.account_apply.sql
\ir functions/connect.account_begin.sql
\ir functions/connect.account_settle.sql
\ir functions/connect.account_refuse.sql
\ir functions/connect.account_unknown.sql
\ir functions/connect.account_link.sql
\ir functions/connect.account_heal.sql
\ir functions/payouts.step_check.sql
\ir functions/payouts.commit_amount.sql
\ir functions/payouts.high_water.sql
\ir functions/payouts.estimate_target.sql
\ir functions/payouts.reading_store.sql
\ir functions/payouts.payee.sql
\ir functions/payouts.estimate_read.sql
\ir functions/payouts.payout_request.sql
\ir functions/payouts.payout_lock.sql
\ir functions/payouts.payout_send.sql
\ir functions/payouts.payout_submit.sql
\ir functions/payouts.payout_data.sql
\ir functions/payouts.transfer_conflict.sql
\ir functions/payouts.payout_settle.sql
\ir functions/payouts.failure_reason.sql
\ir functions/payouts.payout_refuse.sql
\ir functions/payouts.payout_unknown.sql
\ir functions/payouts.payout_reopen.sql
\ir functions/payouts.payout_retry.sql
\ir functions/payouts.payout_cancel.sql
\ir functions/payouts.transfer_reverse.sql
\ir views/journal.entry.sql
\ir views/journal.part.sql
\ir views/journal.payout_row.sql
\ir views/journal.payout_v.sql
\ir views/journal.account_v.sql
\ir views/journal.firm_v.sql
\ir functions/journal.traders_share.sql
\ir functions/journal.new_id.sql
\ir functions/journal.time_of.sql
\ir functions/journal.count_of.sql
\ir functions/journal.history_upto.sql
\ir functions/journal.history_at.sql
\ir functions/journal.history_create.sql
\ir functions/journal.history_split.sql
\ir functions/journal.history_change.sql
\ir functions/journal.history_rebuild.sql
\ir functions/journal.history_of.sql
\ir functions/journal.book_lock.sql
\ir functions/journal.firm_of.sql
\ir functions/journal.payout_insert.sql
\ir functions/journal.payout_create.sql
\ir functions/journal.payout_update.sql
\ir functions/journal.payout_delete.sql
\ir functions/journal.payout_search.sql
\ir functions/journal.payout_page.sql
\ir functions/journal.payout_list.sql
\ir functions/journal.payout_import.sql
\ir functions/journal.payout_export.sql
\ir functions/journal.account_create.sql
\ir functions/journal.account_update.sql
\ir functions/journal.account_delete.sql

set local role purser_background;
\ir functions/ledger.transfer_check.sql
\ir functions/auth.assume.sql
\ir functions/auth.authenticate_app.sql
\ir functions/auth.authenticate_session.sql
\ir functions/auth.authenticate_journal.sql
\ir functions/webhooks.stripe_event_receive.sql
\ir functions/core.leases_return.sql
\ir functions/core.worker_start.sql
\ir functions/jobs.stripe_event_claim.sql
\ir functions/jobs.stripe_event_retry.sql
\ir functions/jobs.stripe_event_finish.sql
\ir functions/jobs.stripe_event_mark.sql
\ir functions/jobs.payment_intent_apply.sql
\ir functions/jobs.refunds_apply.sql
\ir functions/jobs.dispute_apply.sql
\ir functions/jobs.checkout_claim.sql
\ir functions/jobs.reconcile_claim.sql
\ir functions/jobs.provision_claim.sql
\ir functions/jobs.backfill_claim.sql
\ir functions/jobs.backfill_advance.sql
\ir functions/jobs.backfill_restart.sql
\ir functions/jobs.backfill_finish.sql
\ir functions/jobs.prune.sql
\ir functions/jobs.connect_claim.sql
\ir functions/jobs.account_apply.sql
\ir functions/jobs.account_deauthorize.sql
\ir functions/jobs.payout_claim.sql
\ir functions/jobs.transfer_apply.sql
\ir admin/load.sql

reset role;
\ir grants.sql
revoke create on schema core, auth, jobs, admin, webhooks, ledger from purser_background;
commit;
