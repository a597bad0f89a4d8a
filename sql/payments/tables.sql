-- The tables of this module: what functions of purser_background may do with them, which have
-- leases, and what jobs claim.
grant select, insert, update on payments.tier to purser_background;
grant select, insert, update on payments.payment to purser_background;
grant select, insert, update on payments.prop_account to purser_background;
grant select, insert, update on payments.dispute to purser_background;
grant select on payments.dispute_movement, payments.dispute_loss to purser_background;
grant select on payments.refund to purser_background;
grant select, update on payments.refund_intent to purser_background;
grant select on payments.suspension to purser_background;
grant usage on type payments.checkout_row
    to purser_background, purser_payments, purser_jobs;

-- Tables with leases, and what the jobs of a kind claim.
insert into core.leased_table (name, lock_order, held, returned)
values
    ('payments.payment', 2, 'lease_holder is not null', 'next_run_at = now()'),
    ('payments.prop_account', 3, 'lease_holder is not null', 'next_run_at = now()'),
    ('payments.refund_intent', 4, 'lease_holder is not null', 'next_run_at = now()');

insert into core.job_kind (kind, leased_table, due, in_lease, attempts)
values
    ('payments.checkout', 'payments.payment', $$status = 'creating'$$, false, 'attempts'),
    ('payments.payment_intent', 'payments.payment',
        $$status in ('requires_payment_method', 'requires_confirmation', 'requires_action',
            'processing')
        and abandoned_at is null
        and coalesce(looked_at, created_at) <= now() - $5 * interval '1 s'$$, false, 'attempts'),
    ('payments.cancellation', 'payments.payment',
        $$status in ('requires_payment_method', 'requires_confirmation', 'requires_action',
            'processing')
        and abandoned_at is not null$$, false, 'attempts'),
    ('payments.provision', 'payments.prop_account',
        $$provision_state in ('queued', 'calling', 'unknown')
        and (provision_state <> 'queued' or status = 'provisioning')$$, false, null),
    ('payments.refund', 'payments.refund_intent', $$status = 'open'$$, false, 'attempts');
