-- Stripe made the refund of an intent: it is booked as its event would be, which may have come
-- before, and settles the intent: the refund itself decides, not who brings it.
--
-- Parameters: p_refund the Stripe refund, with the metadata that we gave it
-- Returns: the intent's status
-- Raises: PU404; PU900 the refund is not this intent's
-- Locks: payment, prop account, refund intent
-- Tables written: as payments.refund_event
create or replace function payments.refund_settle(p_id text, p_refund jsonb) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_intent text;
    v_status text;
begin
    select p.stripe_payment_intent_id into v_intent
    from payments.refund_intent i
    join payments.payment p on p.tenant_id = i.tenant_id and p.id = i.payment_id
    where i.tenant_id = v_tenant and i.id = p_id;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    perform payments.refund_event(null, v_intent, jsonb_build_array(p_refund));
    select i.status into v_status
    from payments.refund_intent i
    where i.tenant_id = v_tenant and i.id = p_id;
    if v_status <> 'settled' then
        raise exception using errcode = 'PU900', message = 'a refund that is not of its intent',
            detail = p_id;
    end if;
    return v_status;
end
$$;
grant execute on function payments.refund_settle(text, jsonb) to purser_jobs;
