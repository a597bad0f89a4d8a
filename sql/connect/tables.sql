-- The tables of this module: what functions of purser_background may do with them, which have
-- leases, and what jobs claim.
grant select, update on connect.account to purser_background;

-- Tables with leases, and what the jobs of a kind claim.
insert into core.leased_table (name, lock_order, held, returned)
values ('connect.account', 5, 'lease_holder is not null', 'next_run_at = now()');

insert into core.job_kind (kind, leased_table, due, in_lease, attempts)
values ('connect.account', 'connect.account', $$status = 'creating'$$, false, 'attempts');
