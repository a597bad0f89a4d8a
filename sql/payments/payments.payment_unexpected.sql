-- A PaymentIntent of ours that is no payment's: a second one of a payment, or one that our metadata
-- names without a row.  It is an exception at once, since it may be paid; what it took is booked to
-- suspense:payments.  A second one that is canceled took nothing: its exception is resolved.
--
-- Parameters: p_payment the payment that has another intent, null = there is no row; p_status null
--   = not known, with p_received, p_currency and p_paid_at
-- Returns: the exception's kind
-- Locks: parked events
-- Tables written: core.exception, ledger.*, stripe_events.event
create or replace function payments.payment_unexpected(
    p_payment payments.payment, p_intent_id text, p_metadata jsonb, p_status text,
    p_received bigint, p_currency text, p_paid_at timestamptz
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind text := case when p_payment.id is null then 'payment_without_row'
        else 'payment_second_intent' end;
begin
    if p_status = 'succeeded' then
        perform ledger.post('payment_unexpected', p_intent_id,
            array[ledger.stripe_leg('stripe:clearing', lower(p_currency), p_received),
                ledger.leg('suspense:payments', lower(p_currency), -p_received)],
            p_paid_at, p_intent_id);
    end if;
    perform core.exception_open(v_kind, 'payment_intent', p_intent_id, jsonb_strip_nulls(
        jsonb_build_object(
            'payment_id', p_payment.id,
            'payment_intent', p_payment.stripe_payment_intent_id,
            'account_id', (select a.id from payments.prop_account a
                where a.payment_id = p_payment.id and a.tenant_id = p_payment.tenant_id),
            'metadata', case when p_payment.id is null then p_metadata end)
        || case p_status when 'succeeded' then jsonb_build_object('received', p_received,
            'currency', lower(p_currency)) else '{}' end));
    if p_status = 'canceled' and p_payment.id is not null then
        perform core.exception_resolve(v_kind, p_intent_id, 'Stripe canceled it');
    end if;
    perform stripe_events.event_wake(p_intent_id);
    return v_kind;
end
$$;
grant execute on function payments.payment_unexpected(
    payments.payment, text, jsonb, text, bigint, text, timestamptz
) to purser_background;
