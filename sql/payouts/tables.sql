-- The tables of this module: what functions of purser_background may do with them, which have
-- leases, and what jobs claim.
grant select, update on payouts.payout to purser_background;
grant select, update on payouts.estimate to purser_background;
grant select on payouts.valuation, payouts.discarded_valuation to purser_background;
grant select on payouts.reversal to purser_background;
grant select, insert on payouts.release to purser_background;

-- Tables with leases, and what the jobs of a kind claim.
insert into core.leased_table (name, lock_order, held, returned)
values ('payouts.payout', 6, 'lease_holder is not null', 'next_run_at = now()');

insert into core.job_kind (kind, leased_table, due, in_lease, attempts)
values ('payouts.payout', 'payouts.payout',
    $$status = 'processing' or (status = 'pending' and submit_requested_at is not null)$$,
    false, 'attempts');
