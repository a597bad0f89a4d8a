-- Money of a paid payout came back: a reversal that an operator made at Stripe.
-- It is booked and shown; the payout stays paid, and what came back is not owed
-- again by itself.
--
-- Parameters: p_payout locked by the caller and paid; p_transfer the Stripe transfer
-- Tables written: payouts.payout, ledger.*
create or replace function payouts.transfer_reverse(p_payout payouts.payout, p_transfer jsonb)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_reversed bigint := (p_transfer ->> 'amount_reversed')::bigint;
begin
    if v_reversed > p_payout.reversed_cents then
        update payouts.payout p
        set reversed_cents = v_reversed, updated_at = now()
        where p.id = p_payout.id and p.tenant_id = p_payout.tenant_id;
        perform ledger.post('trader_payout_reversed',
            format('%s:%s', p_payout.stripe_transfer_id, v_reversed),
            array[ledger.stripe_leg('stripe:clearing', 'usd', v_reversed - p_payout.reversed_cents),
                ledger.leg('recoveries:traders', 'usd', p_payout.reversed_cents - v_reversed)],
            now(), p_payout.stripe_transfer_id);
    end if;
end
$$;
grant execute on function payouts.transfer_reverse(payouts.payout, jsonb) to purser_background;
