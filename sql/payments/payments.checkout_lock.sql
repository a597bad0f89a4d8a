-- Locks a payment of the transaction's tenant for settling: its idempotency
-- row first, then itself.
--
-- Raises: PU404
-- Locks: idempotency row, payment
create or replace function payments.checkout_lock(p_payment_id text) returns payments.payment
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_payment payments.payment;
begin
    perform
    from core.idempotency i
    where i.tenant_id = v_tenant
        and i.id = (select p.idempotency_id from payments.payment p
            where p.id = p_payment_id and p.tenant_id = v_tenant)
    for no key update;
    select * into v_payment
    from payments.payment p
    where p.id = p_payment_id and p.tenant_id = v_tenant for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    return v_payment;
end
$$;
