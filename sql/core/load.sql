-- Module core: ids, transitions, idempotency keys, leases.
-- Views and functions, each after what it needs.  Leased tables, and the rights of
-- purser_background on tables, come last.

set local role purser_owner;
\ir core.new_id.sql
\ir core.refuse.sql
\ir core.installation_id.sql
\ir core.metadata_names.sql
\ir core.transition_check.sql
\ir core.rollback.sql
\ir core.idempotency_begin.sql
\ir core.idempotency_replay.sql
\ir core.idempotency_finish.sql
\ir core.idempotency_release.sql
\ir core.idempotency_store.sql
\ir core.job_claim.sql

set local role purser_background;
\ir core.leases_return.sql
\ir core.program_start.sql

set local role purser_owner;
\ir leases.sql
\ir grants.sql
