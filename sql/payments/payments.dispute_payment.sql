-- The payment of a dispute in the transaction's tenant, locked: of the dispute that we know by its
-- id, else of the intent that it names.
--
-- Returns: null = none
-- Locks: payment
create or replace function payments.dispute_payment(p_dispute text, p_intent text)
    returns payments.payment
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_payment payments.payment;
begin
    select p.* into v_payment
    from payments.dispute d
    join payments.payment p on p.id = d.payment_id and p.tenant_id = d.tenant_id
    where d.id = p_dispute and d.tenant_id = v_tenant
    for no key update of p;
    if not found then
        select * into v_payment
        from payments.payment p
        where p.stripe_payment_intent_id = p_intent and p.tenant_id = v_tenant
        for no key update;
    end if;
    return v_payment;
end
$$;
