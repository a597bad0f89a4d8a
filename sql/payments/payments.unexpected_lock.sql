-- The newest exception of the transaction's tenant about a PaymentIntent that took money and is no
-- payment's (payments.payment_unexpected), locked.
--
-- Returns: null = there is none, or an operator adopted the intent meanwhile
-- Locks: the exception
create or replace function payments.unexpected_lock(p_intent_id text) returns core.exception
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_exception core.exception;
begin
    select e.* into v_exception
    from core.exception e
    where e.tenant_id = v_tenant and e.object_id = p_intent_id and e.detail ? 'received'
        and e.kind in ('payment_second_intent', 'payment_without_row')
    order by e.opened_at desc, e.id desc
    limit 1;
    if not found then
        return null;
    end if;
    perform auth.assume(v_tenant, '');
    v_exception := core.exception_lock(p_intent_id, array[v_exception.kind]);
    if exists (
        select from payments.payment p
        where p.stripe_payment_intent_id = p_intent_id and p.tenant_id = v_tenant)
    then
        return null;
    end if;
    return v_exception;
end
$$;
