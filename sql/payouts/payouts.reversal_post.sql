-- Stores and posts one reversal of a payout's transfer, once, in its own currency.
--
-- Before there were rows, the sum of what came back was posted.  Stripe's oldest reversals are that
-- sum (reversed_before_cents): they become rows, and only what is beyond it is posted.
--
-- Parameters: p_payout locked by the caller; p_reversal Stripe's; older ones first
-- Tables written: payouts.reversal, ledger.*
create or replace function payouts.reversal_post(p_payout payouts.payout, p_reversal jsonb)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_amount bigint := (p_reversal ->> 'amount')::bigint;
    v_before bigint := p_payout.reversed_before_cents - (
        select coalesce(sum(r.booked_before_cents), 0)::bigint
        from payouts.reversal r
        where r.tenant_id = p_payout.tenant_id and r.payout_id = p_payout.id);
    v_reversal payouts.reversal;
begin
    insert into payouts.reversal (tenant_id, id, transfer_id, payout_id, amount_cents,
        booked_before_cents, currency, created_at)
    values (p_payout.tenant_id, p_reversal ->> 'id', p_payout.stripe_transfer_id, p_payout.id,
        v_amount, least(v_before, v_amount), lower(p_reversal ->> 'currency'),
        to_timestamp((p_reversal ->> 'created')::bigint))
    on conflict (tenant_id, id) do nothing
    returning * into v_reversal;
    if found then
        v_amount := v_reversal.amount_cents - v_reversal.booked_before_cents;
        perform ledger.post('trader_payout_reversed', v_reversal.id,
            array[case when (ledger.posted('transfer_unexpected_reversed', v_reversal.id,
                    'suspense:payouts')).amount is null
                    then ledger.stripe_leg('stripe:clearing', v_reversal.currency, v_amount)
                    else ledger.leg('suspense:payouts', v_reversal.currency, v_amount) end,
                ledger.leg('recoveries:traders', v_reversal.currency, -v_amount)],
            v_reversal.created_at, v_reversal.transfer_id);
    end if;
end
$$;
