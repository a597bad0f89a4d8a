-- The tables of this module: what functions of purser_background may do with them, which have
-- leases, and what jobs claim.
grant select, insert, update, delete on stripe_events.event to purser_background;
grant select, insert, update on stripe_events.bookmark to purser_background;
grant select, insert, update, delete on stripe_events.passed to purser_background;

-- Tables with leases, and what the jobs of a kind claim.
insert into core.leased_table (name, lock_order, held, returned)
values
    ('stripe_events.event', 7, 'lease_holder is not null', 'next_run_at = now()'),
    ('stripe_events.bookmark', 8, 'lease_holder is not null', 'due_at = now()');

insert into core.job_kind (kind, leased_table, due, in_lease, attempts, account_column)
values ('stripe_events.event', 'stripe_events.event', $$state in ('pending', 'parked')$$, true,
    'attempts', 'stripe_account');
