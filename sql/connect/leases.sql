-- Leased tables and kinds of jobs of module connect.
insert into core.leased_table (name, lock_order, held, returned)
values ('connect.account', 4, 'lease_holder is not null', 'next_run_at = now()');

insert into core.job_kind (kind, leased_table, due, in_lease, attempts)
values ('connect.account', 'connect.account', $$status = 'creating'$$, false, 'attempts');
