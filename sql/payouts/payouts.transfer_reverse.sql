-- Money of a paid payout came back: reversals that an operator made at Stripe.  Each is booked.
--
-- A payout whose whole amount came back is reversed: its trader sees so, and an exception asks an
-- operator what becomes of it.  What came back is not owed again by itself (admin.reowe_payout).
--
-- Parameters: p_payout locked by the caller, paid or reversed; p_transfer the Stripe transfer with
--   all of its reversals
-- Raises: PU900 when the reversals are fewer than the transfer counts
-- Tables written: payouts.payout, payouts.reversal, core.exception, ledger.*, webhooks.outbox
create or replace function payouts.transfer_reverse(p_payout payouts.payout, p_transfer jsonb)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_reversed bigint;
begin
    perform payouts.reversal_post(p_payout, x.reversal)
    from (
        select r as reversal
        from jsonb_array_elements(coalesce(p_transfer #> '{reversals,data}', '[]')) as r
        order by (r ->> 'created')::bigint, r ->> 'id') as x;
    select coalesce(sum(r.amount_cents), 0)::bigint into v_reversed
    from payouts.reversal r
    where r.tenant_id = p_payout.tenant_id and r.payout_id = p_payout.id
        and r.currency = p_payout.currency;
    if ((p_transfer ->> 'amount_reversed')::bigint <= v_reversed) is not true then
        raise exception using errcode = 'PU900',
            message = 'the reversals are fewer than their transfer counts',
            detail = p_payout.stripe_transfer_id;
    end if;

    update payouts.payout p
    set reversed_cents = v_reversed, updated_at = now(),
        status = case when v_reversed >= p.amount_cents then 'reversed' else p.status end
    where p.id = p_payout.id and p.tenant_id = p_payout.tenant_id
        and p.reversed_cents < v_reversed;
    if p_payout.status = 'paid' and v_reversed >= p_payout.amount_cents then
        perform webhooks.outbox_add('prop', 'payout.reversed', p_payout.id, p_payout.id,
            payouts.payout_data(p_payout.id));
        perform core.exception_open('payout_reversed', 'payout', p_payout.id,
            jsonb_build_object('transfer_id', p_payout.stripe_transfer_id,
                'amount_cents', p_payout.amount_cents, 'currency', p_payout.currency));
    end if;
end
$$;
grant execute on function payouts.transfer_reverse(payouts.payout, jsonb) to purser_background;
