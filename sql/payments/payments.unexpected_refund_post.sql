-- Books one refund out of suspense:payments, and back when it failed or was canceled.
--
-- Parameters: p_refund a Stripe refund
-- Returns: what it gives back: its amount, 0 when it failed or was canceled
-- Tables written: ledger.*
create or replace function payments.unexpected_refund_post(p_refund jsonb) returns numeric
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_id text := p_refund ->> 'id';
    v_currency text := lower(p_refund ->> 'currency');
    v_amount numeric := (p_refund ->> 'amount')::numeric;
begin
    perform ledger.post('payment_unexpected_refund', v_id,
        array[ledger.leg('suspense:payments', v_currency, v_amount),
            ledger.stripe_leg('stripe:clearing', v_currency, -v_amount)],
        to_timestamp((p_refund ->> 'created')::bigint), v_id);
    if p_refund ->> 'status' in ('failed', 'canceled') then
        perform ledger.post('payment_unexpected_refund_failed', v_id,
            array[ledger.leg('suspense:payments', v_currency, -v_amount),
                ledger.stripe_leg('stripe:clearing', v_currency, v_amount)],
            now(), v_id);
        v_amount := 0;
    end if;
    return v_amount;
end
$$;
grant execute on function payments.unexpected_refund_post(jsonb) to purser_background;
