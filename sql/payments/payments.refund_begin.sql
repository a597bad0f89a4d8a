-- Commits an operator's intent to refund a payment of this transaction's tenant: purser-jobs asks
-- Stripe for it.  Refunds and open intents together are never more than what Stripe took; what
-- others refund at Stripe meanwhile, Stripe counts.
--
-- Parameters: p_amount_cents null = all that is left
-- Returns: the intent
-- Raises: PU404 no such payment, or none that is paid; PU422 more than is left
-- Locks: payment
-- Tables written: payments.refund_intent
create or replace function payments.refund_begin(p_payment_id text, p_amount_cents bigint)
    returns payments.refund_intent
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_payment payments.payment;
    v_left bigint;
    v_intent payments.refund_intent;
begin
    select * into v_payment
    from payments.payment p
    where p.id = p_payment_id and p.tenant_id = v_tenant and p.status = 'succeeded'
    for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = format('no paid payment %L',
            p_payment_id);
    end if;
    select (payments.received(v_payment)).amount_cents - payments.refunded(v_payment)
        - coalesce(sum(i.amount_cents), 0)::bigint
    into v_left
    from payments.refund_intent i
    where i.tenant_id = v_tenant and i.payment_id = v_payment.id and i.status = 'open';
    if coalesce(p_amount_cents, v_left) not between 1 and v_left then
        raise exception using errcode = 'PU422', column = 'p_amount_cents',
            message = format('p_amount_cents: %s of %s %s are left to refund', greatest(v_left, 0),
                (payments.received(v_payment)).amount_cents,
                (payments.received(v_payment)).currency);
    end if;
    insert into payments.refund_intent (tenant_id, id, payment_id, amount_cents, currency)
    values (v_tenant, core.new_id('rfi'), v_payment.id, coalesce(p_amount_cents, v_left),
        (payments.received(v_payment)).currency)
    returning * into v_intent;
    return v_intent;
end
$$;
grant execute on function payments.refund_begin(text, bigint) to purser_background;
