-- Leased tables and kinds of jobs of module stripe_events.  The one row of the backfill has a claim
-- of its own: it is due by other columns.  stripe_events.event_wake makes an event due that a
-- thread may still hold a lease of.
insert into core.leased_table (name, lock_order, held, returned)
values
    ('stripe_events.event', 6, 'lease_holder is not null', 'next_run_at = now()'),
    ('stripe_events.backfill', 7, 'lease_holder is not null', 'due_at = now()');

insert into core.job_kind (kind, leased_table, due, in_lease, attempts)
values ('stripe_events.event', 'stripe_events.event', $$state in ('pending', 'parked')$$, true,
    'attempts');
