-- The tables of this module: what functions of purser_background may do with them; how Stripe's
-- types of balance transactions are booked.
grant select, insert, update on reconciliation.balance_transaction to purser_background;
grant select on reconciliation.transaction_type to purser_background;

-- clearing: against what our payments, refunds, disputes and payouts posted to stripe:clearing, or,
-- when another application at this Stripe account moved the money, against stripe:external.
-- adjustment: clearing when a dispute is its source.
delete from reconciliation.transaction_type;
insert into reconciliation.transaction_type (type, booked_as)
values
    ('charge', 'clearing'), ('payment', 'clearing'), ('payment_unreconciled', 'clearing'),
    ('refund', 'clearing'), ('payment_refund', 'clearing'), ('refund_failure', 'clearing'),
    ('payment_failure_refund', 'clearing'), ('payment_reversal', 'clearing'),
    ('adjustment', 'clearing'),
    ('transfer', 'clearing'), ('transfer_refund', 'clearing'), ('transfer_cancel', 'clearing'),
    ('transfer_failure', 'clearing'),
    ('stripe_fee', 'fee'), ('stripe_fx_fee', 'fee'), ('tax_fee', 'fee'),
    ('payout', 'bank'), ('payout_cancel', 'bank'), ('payout_failure', 'bank'), ('topup', 'bank'),
    ('topup_reversal', 'bank'),
    ('reserve_transaction', 'reserved'), ('reserve_hold', 'reserved'),
    ('reserve_release', 'reserved'), ('reserved_funds', 'reserved'),
    ('payment_network_reserve_hold', 'reserved'), ('payment_network_reserve_release', 'reserved'),
    ('payout_minimum_balance_hold', 'reserved'), ('payout_minimum_balance_release', 'reserved');
