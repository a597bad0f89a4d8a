-- Applies the refunds of a PaymentIntent at the Stripe account of the transaction's tenant, as
-- Stripe lists them now: rows, postings, the payment's refunded sum, and the account's suspension
-- while the whole amount is refunded (a partial refund does not suspend; a refund that fails later
-- ends the suspension).  A refund in another currency than Stripe took is not in the sum.
--
-- Parameters: p_event_id null = no event; p_refunds array of Stripe refunds, all or some of the
--   intent's
-- Returns: applied, parked (the payment has not succeeded yet: money cannot come back before it
--   came), stranger (there is no payment)
-- Locks: payment, prop account, refund intents, event
-- Tables written: payments.refund, payments.refund_intent, payments.payment,
--   payments.suspension, payments.prop_account, ledger.*, core.exception,
--   stripe_events.event
create or replace function payments.refund_event(p_event_id text, p_intent_id text, p_refunds jsonb)
    returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payment payments.payment;
    v_account text;
    v_refund jsonb;
    v_sum bigint;
begin
    select * into v_payment
    from payments.payment p
    where p.stripe_payment_intent_id = p_intent_id
        and p.tenant_id = current_setting('purser.tenant', true)
    for no key update;
    if not found or v_payment.status <> 'succeeded' then
        return coalesce(payments.unexpected_refunded(p_event_id, p_intent_id, p_refunds),
            stripe_events.event_mark(p_event_id,
                case when payments.intent_known(p_intent_id, null) then 'parked'
                    else 'stranger' end, p_intent_id));
    end if;
    perform auth.assume(v_payment.tenant_id, v_payment.user_id);
    select a.id into v_account
    from payments.prop_account a
    where a.payment_id = v_payment.id and a.tenant_id = v_payment.tenant_id
    for no key update;

    for v_refund in select r from jsonb_array_elements(p_refunds) as r order by r ->> 'id' loop
        perform payments.refund_apply(v_payment, v_refund);
    end loop;

    v_sum := payments.refunded(v_payment);
    update payments.payment p
    set refunded_cents = v_sum, updated_at = now()
    where p.id = v_payment.id and p.tenant_id = v_payment.tenant_id and p.refunded_cents <> v_sum;
    if v_payment.mismatch is not null and v_payment.mismatch_accepted_at is null then
        perform payments.mismatch_refunded(v_payment);
    end if;
    perform payments.suspension_set(v_account, 'refund', v_payment.id,
        v_sum >= (payments.received(v_payment)).amount_cents);
    return stripe_events.event_mark(p_event_id, 'applied', null);
end
$$;
grant execute on function payments.refund_event(text, text, jsonb) to purser_owner, purser_jobs;
