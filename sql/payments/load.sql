-- Module payments: checkouts, prop accounts, their provisioning, refunds, disputes.
-- Views and functions, each after what it needs.  Rights on tables and leases come last.

set local role purser_owner;
\ir payments.tier_v.sql
\ir payments.prop_account_v.sql
\ir payments.payment_v.sql
\ir payments.tier_match.sql
\ir payments.checkout_answer.sql
\ir payments.checkout_lock.sql
\ir payments.checkout_begin.sql
\ir payments.payment_unexpected.sql
\ir payments.checkout_settle.sql
\ir payments.checkout_refuse.sql
\ir payments.checkout_unknown.sql
\ir payments.checkouts_abandon.sql
\ir payments.free_create.sql
\ir payments.lifecycle_sync.sql
\ir payments.received_leg.sql
\ir payments.account_open.sql
\ir payments.payment_succeed.sql
\ir payments.suspension_set.sql
\ir payments.status_set.sql
\ir payments.received.sql
\ir payments.refunded.sql
\ir payments.refund_begin.sql
\ir payments.refund_lock.sql
\ir payments.refund_refuse.sql
\ir payments.refund_defer.sql
\ir payments.refund_unknown.sql
\ir payments.refund_match.sql
\ir payments.refund_apply.sql
\ir payments.mismatch_refunded.sql
\ir payments.mismatch_accept.sql
\ir payments.payment_restore.sql
\ir payments.adopt_check.sql
\ir payments.payment_adopt.sql
\ir payments.unexpected_refund_post.sql
\ir payments.dispute_status.sql
\ir payments.dispute_is_inquiry.sql
\ir payments.dispute_is_stale.sql
\ir payments.dispute_store.sql
\ir payments.dispute_movement_post.sql
\ir payments.dispute_loss_post.sql
\ir payments.dispute_post.sql
\ir payments.provision_settle.sql
\ir payments.provision_match.sql
\ir payments.provision_retry.sql

set local role purser_background;
\ir payments.intent_known.sql
\ir payments.payment_intent_event.sql
\ir payments.unexpected_lock.sql
\ir payments.unexpected_refunded.sql
\ir payments.refund_event.sql
\ir payments.refund_claim.sql
\ir payments.dispute_payment.sql
\ir payments.unexpected_disputed.sql
\ir payments.dispute_event.sql
\ir payments.checkout_claim.sql
\ir payments.payment_intent_claim.sql
\ir payments.cancellation_claim.sql
\ir payments.payment_intent_unread.sql
\ir payments.provision_claim.sql
\ir payments.expected_v.sql

set local role purser_owner;
\ir payments.refund_settle.sql
\ir tables.sql
