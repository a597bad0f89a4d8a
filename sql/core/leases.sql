-- Leased tables and kinds of jobs: both tables are emptied, and each module's leases.sql adds its
-- rows.
delete from core.job_kind;
delete from core.leased_table;

insert into core.leased_table (name, lock_order, held, returned)
values ('core.idempotency', 1, $$state = 'running'$$, $$state = 'open'$$);
