-- A PaymentIntent of ours that fits no payment (payments.payment_unexpected) becomes the one that
-- paid this payment, by an operator's word: what stands in suspense:payments for it becomes
-- revenue, and the account is opened.
--
-- Parameters: p_payment_id null = the one that the PaymentIntent was made for, which is made again
--   if its row was lost; p_by the operator, p_resolution of the exception
-- Returns: the payment
-- Raises: PU404 no open exception of this PaymentIntent, or no such payment; PU421 another amount
--   or currency; PU422 it took nothing, or gave some back, or is another user's; PU435 the payment
--   is paid
-- Locks: payment, exception, parked events
-- Tables written: payments.payment, payments.prop_account, webhooks.outbox, ledger.*,
--   core.exception, stripe_events.event
create or replace function payments.payment_adopt(
    p_intent_id text, p_payment_id text, p_resolution text, p_by text
) returns payments.payment
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_id text := coalesce(p_payment_id, (
        select coalesce(e.detail ->> 'payment_id', e.detail #>> '{metadata,purser_object}')
        from core.exception e
        where e.tenant_id = v_tenant and e.object_id = p_intent_id and e.resolved_at is null
        limit 1));
    v_taken record;
    v_payment payments.payment;
    v_exception core.exception;
begin
    select * into v_payment
    from payments.payment p
    where p.tenant_id = v_tenant and p.id = v_id
    for no key update;
    v_exception := core.exception_lock(p_intent_id,
        array['payment_second_intent', 'payment_without_row']);
    select -p.amount as amount, p.asset, p.effective_at into v_taken
    from ledger.posted('payment_unexpected', p_intent_id, 'suspense:payments') as p;
    if v_exception.id is null or v_exception.resolved_at is not null then
        raise exception using errcode = 'PU404',
            message = format('no open exception of a PaymentIntent %L', p_intent_id);
    elsif v_taken.amount is null then
        raise exception using errcode = 'PU422', column = 'p_stripe_id',
            message = 'p_stripe_id: the PaymentIntent has taken nothing';
    elsif (v_exception.detail ->> 'refunded')::numeric > 0 then
        raise exception using errcode = 'PU422', column = 'p_stripe_id', message = 'p_stripe_id: '
            'some of it was refunded: refund the rest at Stripe, which closes its exception';
    elsif v_payment.id is null and v_id = v_exception.detail #>> '{metadata,purser_object}' then
        v_payment := payments.payment_restore(v_exception.detail -> 'metadata',
            v_taken.amount::bigint, v_taken.asset);
    elsif v_payment.id is null then
        raise exception using errcode = 'PU404', message = format('no payment %L', v_id);
    end if;
    perform payments.adopt_check(v_payment, v_exception, v_taken.amount, v_taken.asset);

    perform core.exception_resolve(v_exception.kind, p_intent_id, p_resolution, p_by);
    perform set_config('purser.operator', 'on', true);
    update payments.payment p
    set stripe_payment_intent_id = p_intent_id, client_secret = null
    where p.id = v_payment.id and p.tenant_id = v_tenant
    returning * into v_payment;
    perform set_config('purser.operator', 'off', true);
    perform payments.payment_succeed(v_payment, v_payment.amount_cents, v_payment.amount_cents,
        v_payment.currency, v_taken.effective_at);
    perform stripe_events.event_wake(p_intent_id);
    return v_payment;
end
$$;
grant execute on function payments.payment_adopt(text, text, text, text) to purser_background;
