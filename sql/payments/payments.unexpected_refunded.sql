-- Books the refunds of a PaymentIntent that is no payment's (payments.payment_unexpected): what it
-- took leaves suspense:payments again.  Once all of it did, its exception is resolved; it opens
-- again when such a refund fails.
--
-- Parameters: p_refunds array of all Stripe refunds of the intent
-- Returns: applied; null = the intent is no exception, or an operator adopted it meanwhile
-- Locks: the exception
-- Tables written: core.exception, ledger.*, stripe_events.event
create or replace function payments.unexpected_refunded(
    p_event_id text, p_intent_id text, p_refunds jsonb
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_exception core.exception := payments.unexpected_lock(p_intent_id);
    v_refund jsonb;
    v_sum numeric := 0;
begin
    if v_exception.id is null then
        return null;
    end if;
    for v_refund in select r from jsonb_array_elements(p_refunds) as r order by r ->> 'id' loop
        v_sum := v_sum + payments.unexpected_refund_post(v_refund);
    end loop;
    if v_sum >= (v_exception.detail ->> 'received')::numeric then
        perform core.exception_resolve(v_exception.kind, p_intent_id,
            'its whole amount was refunded');
    else
        perform core.exception_open(v_exception.kind, v_exception.object_kind, p_intent_id,
            v_exception.detail || case when v_exception.resolved_by is null
                then jsonb_build_object('refunded', v_sum) else '{}' end);
    end if;
    return stripe_events.event_mark(p_event_id, 'applied', 'exception ' || v_exception.kind);
end
$$;
