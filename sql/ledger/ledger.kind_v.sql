-- The kinds of transfers, and which row each comes from: the source names it.  A kind that is not
-- here is a finding of admin.ledger_check.  It belongs to purser_background.
call pg_temp.view('ledger.kind_v', $view$
select k.kind collate "C" as kind, k.source
from (values
    ('challenge_payment', 'payment'),
    ('payment_mismatch', 'payment'),
    ('payment_mismatch_accepted', 'payment'),
    ('payment_unexpected', 'PaymentIntent'),
    ('payment_unexpected_refund', 'refund at Stripe'),
    ('payment_unexpected_refund_failed', 'refund at Stripe'),
    ('challenge_refund', 'refund'),
    ('challenge_refund_failed', 'refund'),
    ('dispute_funds', 'movement of a dispute'),
    ('dispute_lost', 'loss of a dispute'),
    ('dispute_fee', 'movement of a dispute, before migration 0030'),
    ('trader_payout_owed', 'payout and attempt'),
    ('trader_payout_released', 'payout and attempt'),
    ('trader_payout_paid', 'payout'),
    ('trader_payout_reversed', 'reversal; before migration 0032 transfer and sum'),
    ('trader_payout_reowed', 'payout'),
    ('transfer_unexpected', 'transfer at Stripe'),
    ('transfer_unexpected_reversed', 'reversal at Stripe'),
    ('balance_transaction', 'balance transaction'),
    ('balance_transaction_rematched', 'balance transaction'),
    ('opening', 'Stripe account and asset, at migration 0030'),
    ('operator_adjustment', 'adjustment of an operator')) as k (kind, source);
$view$);
