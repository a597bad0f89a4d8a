-- Books money of a transfer that fits no payout between suspense:payouts and stripe:clearing.
--
-- Parameters: p_moved the transfer at Stripe, or a reversal of it; p_sign 1 = it left, -1 = it came
--   back
-- Returns: as ledger.post
-- Tables written: ledger.*
create or replace function payouts.transfer_suspend(
    p_kind text, p_transfer jsonb, p_moved jsonb, p_sign int
) returns boolean
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    select ledger.post(p_kind, p_moved ->> 'id',
        array[ledger.leg('suspense:payouts', lower(p_transfer ->> 'currency'),
                p_sign * (p_moved ->> 'amount')::numeric),
            ledger.stripe_leg('stripe:clearing', lower(p_transfer ->> 'currency'),
                -p_sign * (p_moved ->> 'amount')::numeric)],
        to_timestamp((p_moved ->> 'created')::bigint), p_transfer ->> 'id')
$$;
