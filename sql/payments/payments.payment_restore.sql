-- Makes the row of a payment again that was lost, from the metadata of its PaymentIntent.
--
-- Parameters: p_amount_cents and p_currency of the PaymentIntent
-- Returns: the payment, 'creating'
-- Raises: PU422 the metadata does not suffice
-- Tables written: payments.payment
create or replace function payments.payment_restore(
    p_metadata jsonb, p_amount_cents bigint, p_currency text
) returns payments.payment
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_payment payments.payment;
begin
    insert into payments.payment (id, tenant_id, user_id, tier_id, market, asset_class,
        account_size, amount_cents, currency, status)
    select p_metadata ->> 'purser_object', v_tenant, u.id, t.id, t.market, t.asset_class,
        t.account_size, p_amount_cents, p_currency, 'creating'
    from payments.tier t, auth."user" u
    where t.tenant_id = v_tenant and t.id = p_metadata ->> 'purser_tier'
        and u.tenant_id = v_tenant and u.id = p_metadata ->> 'purser_user'
        and p_metadata ->> 'purser_object' like 'pay\_%'
        and core.metadata_names(p_metadata, 'prop', v_tenant, p_metadata ->> 'purser_object', '',
            null)
    returning * into v_payment;
    if not found then
        raise exception using errcode = 'PU422', column = 'p_object',
            message = 'p_object: the payment cannot be made again: its user or tier is not there, '
                'or is not named by the PaymentIntent';
    end if;
    return v_payment;
end
$$;
