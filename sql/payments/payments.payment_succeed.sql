-- Books the money of a payment and opens its account; no other function does.
-- When Stripe took another amount or currency than we asked for, the money is
-- booked as it came (suspense:payments instead of revenue) and nothing is
-- provisioned: an exception.
--
-- Parameters: p_payment locked by the caller and not yet succeeded; what Stripe took; p_paid_at
-- Tables written: payments.payment, payments.prop_account, webhooks.outbox, ledger.*,
--   core.exception
create or replace function payments.payment_succeed(
    p_payment payments.payment, p_amount bigint, p_received bigint, p_currency text,
    p_paid_at timestamptz
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_received bigint := coalesce(p_received, p_amount);
    v_currency text := lower(p_currency);
    v_mismatch text;
begin
    if (p_amount, v_received, v_currency)
        is distinct from
            (p_payment.amount_cents, p_payment.amount_cents, p_payment.currency::text)
    then
        v_mismatch := format('asked %s %s; Stripe: amount %s, received %s %s',
            p_payment.amount_cents, p_payment.currency, p_amount, v_received, v_currency);
    end if;
    update payments.payment p
    set status = 'succeeded', paid_at = p_paid_at, mismatch = v_mismatch,
        received_cents = case when v_mismatch is not null then v_received end,
        received_currency = case when v_mismatch is not null then v_currency end,
        failure_code = null, failure_message = null, lease_holder = null, lease_until = null,
        last_error = null, updated_at = now()
    where p.id = p_payment.id and p.tenant_id = p_payment.tenant_id;

    if v_mismatch is not null then
        perform ledger.post('payment_mismatch', p_payment.id,
            array[payments.received_leg(p_payment.stripe_payment_intent_id, v_currency,
                    v_received),
                ledger.leg('suspense:payments', v_currency, -v_received)],
            p_paid_at, p_payment.stripe_payment_intent_id);
        perform core.exception_open('payment_mismatch', 'payment', p_payment.id,
            jsonb_build_object('mismatch', v_mismatch, 'received', v_received,
                'currency', v_currency));
        return;
    end if;

    perform payments.account_open(p_payment);
    perform ledger.post('challenge_payment', p_payment.id,
        array[payments.received_leg(p_payment.stripe_payment_intent_id, p_payment.currency,
                p_payment.amount_cents),
            ledger.leg('revenue:challenges', p_payment.currency, -p_payment.amount_cents)],
        p_paid_at, p_payment.stripe_payment_intent_id);
end
$$;
grant execute on function payments.payment_succeed(
    payments.payment, bigint, bigint, text, timestamptz
) to purser_background;
