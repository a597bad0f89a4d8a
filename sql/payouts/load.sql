-- Module payouts: what is owed, payouts, transfers.
-- Views and functions, each after what it needs.  Rights on tables and leases come last.

set local role purser_owner;
\ir payouts.read_in_vain.sql
\ir payouts.hold_reason.sql
\ir payouts.attempt_is_unsent.sql
\ir payouts.is_unsent.sql
\ir payouts.payout_row_v.sql
\ir payouts.payout_v.sql
\ir payouts.transfer_v.sql
\ir payouts.commit_amount.sql
\ir payouts.earned.sql
\ir payouts.json_number.sql
\ir payouts.week_problem.sql
\ir payouts.valuation_problem.sql
\ir payouts.high_water.sql
\ir payouts.valuation_total.sql
\ir payouts.valuation_is_discarded.sql
\ir payouts.valuation_keep.sql
\ir payouts.valuation_store.sql
\ir payouts.valuation_discard.sql
\ir payouts.usd.sql
\ir payouts.payee.sql
\ir payouts.estimate_target.sql
\ir payouts.post_owed.sql
\ir payouts.hold_check.sql
\ir payouts.payout_new.sql
\ir payouts.funded_sync.sql
\ir payouts.estimate_reason.sql
\ir payouts.estimate_get.sql
\ir payouts.owed_check.sql
\ir payouts.payee_read.sql
\ir payouts.payout_request.sql
\ir payouts.payout_lock.sql
\ir payouts.day_lock.sql
\ir payouts.payout_send.sql
\ir payouts.payout_release.sql
\ir payouts.payout_submit.sql
\ir payouts.payout_read.sql
\ir payouts.payout_data.sql
\ir payouts.transfer_in_suspense.sql
\ir payouts.transfer_is_by_hand.sql
\ir payouts.transfer_conflict.sql
\ir payouts.transfer_suspend.sql
\ir payouts.transfer_unexpected.sql
\ir payouts.payout_paid.sql
\ir payouts.payout_settle.sql
\ir payouts.failure_reason.sql
\ir payouts.payout_refuse.sql
\ir payouts.payout_defer.sql
\ir payouts.payout_unknown.sql
\ir payouts.payout_reopen.sql
\ir payouts.payout_retry.sql
\ir payouts.payout_cancel.sql
\ir payouts.reversal_post.sql
\ir payouts.transfer_reverse.sql
\ir payouts.payout_reowe.sql
\ir payouts.payout_restore.sql
\ir payouts.adopt_check.sql
\ir payouts.suspended_reversals.sql
\ir payouts.transfer_adopt.sql

set local role purser_background;
\ir payouts.account_hold.sql
\ir payouts.payee_hold.sql
\ir payouts.amount_hold.sql
\ir payouts.case_hold.sql
\ir payouts.release_hold.sql
\ir payouts.may_send.sql
\ir payouts.payout_claim.sql
\ir payouts.transfer_event.sql
\ir payouts.expected_v.sql

set local role purser_owner;
\ir tables.sql
