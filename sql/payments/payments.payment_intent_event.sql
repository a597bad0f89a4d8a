-- Brings a payment in line with a PaymentIntent as an event or a reading of it at the Stripe
-- account of the transaction's tenant shows it; no other tenant's row is looked at.  The same facts
-- in any order, any number of times, end in the same row, ledger and account.
--
--  * The payment is found by the intent's id, else by our metadata: an event may be
--    earlier than the answer to our own call.  Then the intent's id is stored.  A second
--    intent of a payment, or one of ours without a payment, is an exception.
--  * succeeded and canceled are final at Stripe, so they hold whatever the order.
--    Among the open statuses the newest event wins; in the same second the last
--    one to arrive (the next reading corrects it).
--  * succeeded also overrules what we gave up ourselves (core.transition).
--  * A reading (p_event_id null) counts as newer than any event that we have, and as old as its
--    claim, by the database's clock.
--  * payment.failed is put into the outbox once for each failure, by whoever learns of it first,
--    an event or a reading; by an event also when a reading has seen the payer try again.
--  * Money is booked from a reading alone, never from what a stored event says.
--
-- Parameters: p_metadata of the intent, or null; p_created_s of the event; p_failure_id tells a
--   failure from others of the intent, null = by its event alone; p_read it was read from Stripe
--   now
-- Returns: applied (also: an exception), unread (nothing is done: the intent must be read, and this
--   function called again), ignored, stranger (of another installation, tenant or application:
--   our row is committed before our call, and what we make carries our metadata)
-- Locks: payment, prop account, events
-- Tables written: payments.payment, payments.prop_account, ledger.*, webhooks.outbox,
--   core.exception, stripe_events.event
create or replace function payments.payment_intent_event(
    p_event_id text, p_intent_id text, p_metadata jsonb, p_status text, p_amount bigint,
    p_amount_received bigint, p_currency text, p_created_s bigint, p_failure_code text,
    p_failure_message text, p_client_secret text, p_failure_id text default null,
    p_read boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_open constant text[] := array['requires_payment_method', 'requires_confirmation',
        'requires_action', 'processing'];
    v_tenant text := current_setting('purser.tenant', true);
    v_at timestamptz := case when p_event_id is null then now()
        else to_timestamp(p_created_s) end;
    -- what is later came of a clock that was wrong
    v_latest constant bigint := extract(epoch from now() + interval '5 min')::bigint;
    v_payment payments.payment;
    v_failure_id text := case when p_failure_code is not null
        then coalesce(p_failure_id, p_event_id, p_failure_code) end;
    v_note text;
begin
    select * into v_payment
    from payments.payment p
    where p.stripe_payment_intent_id = p_intent_id and p.tenant_id = v_tenant for no key update;
    if not found then
        select * into v_payment
        from payments.payment p
        where p.id in (p_metadata ->> 'purser_object', p_metadata ->> 'payment_id')
            and p.tenant_id = v_tenant
            and core.metadata_names(p_metadata, 'prop', v_tenant, p.id, 'payment_id',
                case when p.status = 'creating' and p.stripe_payment_intent_id is null
                    then p.created_at end)
        for no key update;
    end if;
    if v_payment.id is null
        and (p_metadata ->> 'purser_object' is null or not core.metadata_is_ours(p_metadata))
    then
        return stripe_events.event_mark(p_event_id, 'stranger', case
            when p_metadata ->> 'purser_installation' <> core.installation_id()
            then 'of another installation'
            when p_metadata ->> 'purser_tenant' <> v_tenant then 'of another tenant'
            else 'of another application' end);
    end if;
    if p_status = 'succeeded' and not p_read
        and (v_payment.status, v_payment.stripe_payment_intent_id)
            is distinct from ('succeeded', p_intent_id)
    then
        return 'unread';
    end if;
    perform auth.assume(v_tenant, coalesce(v_payment.user_id, ''));
    if v_payment.id is null or v_payment.stripe_payment_intent_id <> p_intent_id then
        return stripe_events.event_mark(p_event_id, 'applied', 'exception '
            || payments.payment_unexpected(v_payment, p_intent_id, p_metadata, p_status,
                coalesce(p_amount_received, p_amount), p_currency, v_at));
    end if;

    update payments.payment p
    set stripe_payment_intent_id = p_intent_id,
        client_secret = coalesce(p.client_secret, p_client_secret),
        lease_holder = case when p_event_id is null then null else p.lease_holder end,
        lease_until = case when p_event_id is null then null else p.lease_until end
    where p.id = v_payment.id and p.tenant_id = v_payment.tenant_id
        and (p.stripe_payment_intent_id is null or p.client_secret is null or p_event_id is null)
    returning * into v_payment;
    if not found then
        select * into v_payment
        from payments.payment p
        where p.stripe_payment_intent_id = p_intent_id and p.tenant_id = v_tenant;
    end if;

    if p_status = 'succeeded' then
        if v_payment.status <> 'succeeded' then
            perform payments.payment_succeed(v_payment, p_amount, p_amount_received, p_currency,
                v_at);
            perform core.exception_resolve('payment_without_row', p_intent_id,
                'there is a payment for it');
        end if;
    elsif p_status = 'canceled' then
        if v_payment.status not in ('canceled', 'creating')
            and v_payment.status <> all (c_open)
        then
            v_note := 'the payment is ' || v_payment.status;
        end if;
    elsif p_status <> all (c_open) then
        v_note := 'unknown status ' || p_status;
    elsif v_payment.status <> 'creating' and v_payment.status <> all (c_open) then
        v_note := 'the payment is ' || v_payment.status;
    elsif p_event_id is not null and p_created_s < v_payment.stripe_created_s
        and v_payment.stripe_created_s <= v_latest
    then
        v_note := 'older than what is known';
    end if;

    update payments.payment p
    set status = p_status,
        failure_code = p_failure_code, failure_message = p_failure_message,
        failure_id = v_failure_id,
        stripe_created_s = greatest(0,
            case when p.stripe_created_s <= v_latest then p.stripe_created_s end,
            case when p_event_id is null
                then extract(epoch from p.looked_at)::bigint else p_created_s end),
        attempts = case p.status when 'creating' then 0 else p.attempts end,
        next_run_at = case p.status when 'creating' then now() else p.next_run_at end,
        lease_holder = null, lease_until = null, last_error = null, updated_at = now()
    where p.id = v_payment.id and p.tenant_id = v_payment.tenant_id and v_note is null
        and p_status <> 'succeeded';
    -- A failure of before there was failure_id was published with its event.
    if p_status = 'requires_payment_method' and p_failure_code is not null
        and (v_note is null or p_failure_id is not null and v_payment.status = any (c_open))
        and (p_event_id is not null or v_payment.failure_code is null
            or p_failure_id is not null and v_payment.failure_id is not null)
    then
        perform webhooks.outbox_add('prop', 'payment.failed', v_payment.id, v_failure_id, (
            select to_jsonb(v) - 'user_id' - 'created_at'
            from payments.payment_v v
            where v.id = v_payment.id));
    end if;
    perform stripe_events.event_wake(p_intent_id);
    return stripe_events.event_mark(p_event_id,
        case when v_note is null then 'applied' else 'ignored' end, v_note);
end
$$;
grant execute on function payments.payment_intent_event(
    text, text, jsonb, text, bigint, bigint, text, bigint, text, text, text, text, boolean
) to purser_jobs;
