-- The tables of this module: what functions of purser_background may do with them, which have
-- leases, and what jobs claim.
grant select on core.tenant to purser_background;
grant select, update on core.installation to purser_background;
grant select, insert, update on core.stripe_account to purser_background;
grant select on core.transition, core.migration to purser_background;
grant select on core.leased_table, core.job_kind to purser_background;
grant select, insert, update, delete on core.program, core.instance to purser_background;
grant select, insert, update, delete on core.idempotency to purser_background;
grant insert on core.tenant to purser_background;
grant update (connect_return_url, connect_refresh_url, payout_auto_submit, payout_minimum_cents,
    payout_maximum_cents, payout_day_maximum_cents, payout_second_person_cents,
    payee_change_hold_hours, reading_max_age_s) on core.tenant to purser_background;
grant select on core.exception, core.exception_kind to purser_background;

-- Tables with leases, and kinds of jobs: both lists are emptied here, and each module adds its own.
delete from core.job_kind;
delete from core.leased_table;

insert into core.leased_table (name, lock_order, held, returned)
values ('core.idempotency', 1, $$state = 'running'$$, $$state = 'open'$$);

-- Kinds of exceptions, as admin.exceptions shows them.
delete from core.exception_kind;
insert into core.exception_kind (kind, meaning, closes)
values
    ('payment_mismatch', 'Stripe took another amount or currency than we asked for; the money is '
        'in suspense:payments, and no account was opened',
        'admin.accept_mismatch, or admin.refund of the whole amount, which resolves it by itself'),
    ('payment_second_intent', 'a second PaymentIntent of one payment; what it took is in '
        'suspense:payments', 'a refund of the whole amount at Stripe, or its cancellation while it '
        'is open, which resolves it by itself; or admin.adopt, for a payment that is not paid; '
        'after a lost dispute admin.post_adjustment from suspense:payments to stripe:disputed'),
    ('payment_without_row', 'a PaymentIntent that this installation made, and no payment of ours: '
        'rows were lost, as after the restore of a backup; what it took is in suspense:payments',
        'admin.adopt, which makes the payment again; or a refund of the whole amount at Stripe, '
        'which resolves it by itself'),
    ('dispute_unknown_status', 'a dispute with a status that we do not know; its money is booked, '
        'and it counts as open', 'a later reading with a known status resolves it by itself'),
    ('refund_currency', 'a refund in another currency than its payment; it is booked in its own, '
        'and does not count as a refund of the payment',
        'find out at Stripe what was refunded, and book what differs by admin.post_adjustment'),
    ('refund_refused', 'Stripe refused the refund that an operator asked for, or never got it, or '
        'it failed later; nothing was given back by it, as far as we know',
        'look at the payment''s refunds at Stripe, then admin.refund again, or '
        'admin.resolve_exception if nothing shall be refunded'),
    ('provision_second_subaccount', 'the provider made a second subaccount for one account',
        'close the second subaccount at the provider'),
    ('connect_second_account', 'a second Stripe account answered for one Connect account',
        'reject the second one at Stripe'),
    ('connect_without_row', 'a Stripe account that this installation made, and no Connect account '
        'of ours: rows were lost, as after the restore of a backup',
        'reject it at Stripe, if its owner has another one'),
    ('transfer_conflict', 'a transfer of ours that is not the payout''s: a second one, another '
        'amount or destination, or a late one whose amount other payouts have taken; or one in the '
        'payout''s transfer group without our metadata (by_hand); it is in '
        'suspense:payouts', 'its whole reversal at Stripe, which resolves it by itself; or '
        'admin.adopt, for a payout that is owed and not sent, or whose attempt is a day old; or, '
        'of one that paid no payout, admin.post_adjustment from suspense:payouts, then '
        'admin.resolve_exception'),
    ('transfer_without_row', 'a transfer that this installation made, and no payout of ours: rows '
        'were lost, as after the restore of a backup; it is in suspense:payouts, and the payouts '
        'of its user are on hold',
        'admin.adopt, for the payout that was requested again, or for the account whose payout was '
        'lost; or its reversal at Stripe, then admin.resolve_exception'),
    ('payouts_beyond_reading', 'payouts have taken more of an account than the validator''s word '
        'bears out since an operator discarded a reading', 'admin.cancel_payout of those that are '
        'pending; a reversal at Stripe of those that are paid, or a settlement with the trader; '
        'then admin.resolve_exception'),
    ('payout_reversed', 'the whole amount of a payout came back by reversals at Stripe; it is in '
        'recoveries:traders and not owed to the trader',
        'admin.reowe_payout, if it shall be owed again'),
    ('list_element', 'an event or a balance transaction in Stripe''s list that is larger than we '
        'read, unreadable, or none; its reading passed it', 'look at it at Stripe by its id: what '
        'it says of an object of ours is learnt by the next event of that object, and money that '
        'moved by admin.post_adjustment; then admin.resolve_exception'),
    ('balance_transaction_unknown', 'a movement of our balance at Stripe of a type that we do not '
        'know; it is in suspense:stripe', 'find out what it is, and book it where it belongs'),
    ('list_gap', 'what happened at Stripe for a time is unknown, since its list of events does not '
        'go back so far, as after the restore of an old backup; all payouts are on hold',
        'compare payments, refunds and transfers of that time at Stripe''s dashboard with '
        'admin.reconciliation and admin.exceptions, then admin.resolve_exception'),
    ('balance_transaction_unbooked', 'a movement of our balance at Stripe that could not be booked',
        'correct what its error names; the next reading books it, which resolves it by itself');
