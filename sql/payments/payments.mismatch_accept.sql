-- Accepts what Stripe took for a mismatched payment: it counts as paid, its account is opened, and
-- what stands in suspense:payments becomes revenue in the currency that it came in.  What was
-- refunded of it before becomes a refund like any other.
--
-- Returns: the payment
-- Raises: PU404 no such payment, or none with a mismatch that waits; PU422 all of it was refunded
-- Locks: payment
-- Tables written: payments.payment, payments.prop_account, webhooks.outbox, ledger.*
create or replace function payments.mismatch_accept(p_payment_id text) returns payments.payment
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payment payments.payment;
    v_refunded bigint;
begin
    select * into v_payment
    from payments.payment p
    where p.id = p_payment_id and p.tenant_id = current_setting('purser.tenant', true)
        and p.mismatch is not null and p.mismatch_accepted_at is null
    for no key update;
    if not found then
        raise exception using errcode = 'PU404',
            message = format('no payment %L with a mismatch that is not accepted', p_payment_id);
    end if;
    v_refunded := payments.refunded(v_payment);
    if v_refunded >= v_payment.received_cents then
        raise exception using errcode = 'PU422', column = 'p_payment',
            message = 'p_payment: all that Stripe took was refunded';
    end if;
    update payments.payment p
    set mismatch_accepted_at = now(), updated_at = now()
    where p.id = v_payment.id and p.tenant_id = v_payment.tenant_id
    returning * into v_payment;
    update payments.refund r
    set accepted = true
    where r.tenant_id = v_payment.tenant_id and r.payment_id = v_payment.id
        and r.status not in ('failed', 'canceled');
    perform payments.account_open(v_payment);
    perform ledger.post('payment_mismatch_accepted', v_payment.id,
        array[ledger.leg('suspense:payments', v_payment.received_currency,
                v_payment.received_cents - v_refunded),
            ledger.leg('refunds:challenges', v_payment.received_currency, v_refunded),
            ledger.leg('revenue:challenges', v_payment.received_currency,
                -v_payment.received_cents)],
        now(), v_payment.stripe_payment_intent_id);
    return v_payment;
end
$$;
grant execute on function payments.mismatch_accept(text) to purser_background;
