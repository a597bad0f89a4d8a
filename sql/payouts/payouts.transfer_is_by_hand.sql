-- Whether a transfer is in the transfer group of a payout, and names no row of ours: somebody made
-- it at Stripe for that payout, or took our metadata off.  It may have paid the payout.
create or replace function payouts.transfer_is_by_hand(p_transfer jsonb, p_payout_id text)
    returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(p_transfer ->> 'transfer_group' = p_payout_id
        and not (coalesce(p_transfer -> 'metadata', '{}') ?| array['purser_installation',
            'purser_tenant', 'purser_object', 'payout_id']), false)
$$;
grant execute on function payouts.transfer_is_by_hand(jsonb, text) to purser_background;
