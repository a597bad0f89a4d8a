-- Leased tables and kinds of jobs of module payouts.
insert into core.leased_table (name, lock_order, held, returned)
values ('payouts.payout', 5, 'lease_holder is not null', 'next_run_at = now()');

insert into core.job_kind (kind, leased_table, due, in_lease, attempts)
values ('payouts.payout', 'payouts.payout',
    $$status = 'processing' or (status = 'pending' and submit_requested_at is not null)$$,
    false, 'attempts');
