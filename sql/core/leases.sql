-- Leased tables and kinds of jobs: begins with none, then each module brings its own.
delete from core.job_kind;
delete from core.leased_table;

insert into core.leased_table (name, lock_order, held, returned)
values ('core.idempotency', 1, $$state = 'running'$$, $$state = 'open'$$);
