-- Locks a refund intent of the transaction's tenant.
--
-- Raises: PU404
-- Locks: refund intent
create or replace function payments.refund_lock(p_id text) returns payments.refund_intent
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_intent payments.refund_intent;
begin
    select * into v_intent
    from payments.refund_intent i
    where i.tenant_id = current_setting('purser.tenant', true) and i.id = p_id
    for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    return v_intent;
end
$$;
