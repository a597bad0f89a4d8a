-- Module core: ids, transitions, idempotency keys, leases, exceptions.
-- Views and functions, each after what it needs.  Rights on tables and leases come last.

set local role purser_owner;
\ir core.new_id.sql
\ir core.refuse.sql
\ir core.installation_id.sql
\ir core.incarnation.sql
\ir core.metadata_names.sql
\ir core.metadata_is_ours.sql
\ir core.transition_check.sql
\ir core.lease_number.sql
\ir core.program_check.sql
\ir core.outcome_key_store.sql
\ir core.outcome_mac.sql
\ir core.outcome_prove.sql
\ir core.outcome_check.sql
\ir core.idempotency_begin.sql
\ir core.idempotency_replay.sql
\ir core.idempotency_finish.sql
\ir core.idempotency_release.sql
\ir core.idempotency_store.sql
\ir core.job_claim.sql
\ir core.refused_delay.sql
\ir core.deferred_wake.sql
\ir core.exception_open.sql
\ir core.exception_resolve.sql
\ir core.exception_holds.sql
\ir core.exception_lock.sql

set local role purser_background;
\ir core.stripe_account_name.sql
\ir core.stripe_account_of_tenant.sql
\ir core.stripe_account_of.sql
\ir core.stripe_account_need.sql
\ir core.stripe_account_use.sql
\ir core.stripe_keys_report.sql
\ir core.stripe_key_mistake.sql
\ir core.stripe_key_check.sql
\ir core.leases_return.sql
\ir core.program_start.sql
\ir core.instance_take.sql
\ir core.instance_seen.sql
\ir core.instance_end.sql

set local role purser_owner;
\ir tables.sql
