-- Stripe made the PaymentIntent.  Called by the request and by jobs, in any
-- order, any number of times, with the same result: the intent itself decides, not who brings it.
--
-- An event of the intent may have been applied before Stripe's answer to our call comes:
-- then the status stays as the event set it, and only client_secret is stored.
-- An intent that already 'succeeded' makes the payment 'processing' and due for
-- reconciling at once: money is booked in payments.payment_intent_event alone.
-- p_intent_id null with p_status 'canceled': the intent never reached Stripe
-- (looked for after the key window).  A second intent is an exception and changes nothing.
--
-- Returns: payments.checkout_row
-- Raises: PU404; PU450 not proved
-- Locks: the payment's idempotency row (so that the core.idempotency_finish that follows
--   cannot cross core.idempotency_begin), payment, parked events
-- Tables written: payments.payment, stripe_events.event, core.exception
create or replace function payments.checkout_settle(
    p_payment_id text, p_intent_id text, p_client_secret text, p_status text
) returns payments.checkout_row
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payment payments.payment := payments.checkout_lock(p_payment_id);
begin
    perform core.outcome_check('payments.checkout_settle');
    if p_intent_id is null and p_status <> 'canceled' then
        raise exception using errcode = 'PU900', message = 'settling needs the intent''s id',
            detail = p_payment_id;
    end if;
    if v_payment.stripe_payment_intent_id <> p_intent_id then
        perform payments.payment_unexpected(v_payment, p_intent_id, null, null, null, null, null);
        return payments.checkout_answer(v_payment);
    end if;
    if v_payment.stripe_payment_intent_id = p_intent_id and v_payment.client_secret is not null
        and v_payment.status <> 'creating'
    then
        return payments.checkout_answer(v_payment);
    end if;

    update payments.payment p
    set stripe_payment_intent_id = coalesce(p.stripe_payment_intent_id, p_intent_id),
        client_secret = coalesce(p.client_secret, p_client_secret),
        status = case
            when p.status <> 'creating' then p.status
            when p_status in ('requires_payment_method', 'requires_confirmation', 'requires_action',
                'canceled') then p_status
            else 'processing'
        end,
        lease_holder = null, lease_until = null, last_error = null, next_run_at = now(),
        updated_at = now(), attempts = case p.status when 'creating' then 0 else p.attempts end
    where p.id = v_payment.id
    returning * into v_payment;
    perform stripe_events.event_wake(p_intent_id);
    return payments.checkout_answer(v_payment);
end
$$;
grant execute on function payments.checkout_settle(text, text, text, text)
    to purser_payments, purser_jobs;
