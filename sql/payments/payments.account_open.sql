-- Opens the account of a paid payment, which purser-jobs provisions, and tells so.
--
-- Parameters: p_payment locked by the caller, as it is stored; it has no account
-- Returns: the account's id
-- Raises: PU900 it has one
-- Tables written: payments.prop_account, webhooks.outbox
create or replace function payments.account_open(p_payment payments.payment) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account text;
begin
    insert into payments.prop_account
        (id, tenant_id, user_id, tier_id, asset_class, account_size, payment_id,
            stripe_payment_intent_id, status)
    values (core.new_id('prop'), p_payment.tenant_id, p_payment.user_id, p_payment.tier_id,
        p_payment.asset_class, p_payment.account_size, p_payment.id,
        p_payment.stripe_payment_intent_id, 'provisioning')
    on conflict (tenant_id, payment_id) do nothing
    returning id into v_account;
    if not found then
        raise exception using errcode = 'PU900',
            message = 'a payment that was not paid has an account', detail = p_payment.id;
    end if;
    perform webhooks.outbox_add('prop', 'payment.succeeded', p_payment.id, p_payment.id,
        jsonb_build_object(
        'payment_id', p_payment.id,
        'user_id', p_payment.user_id,
        'stripe_payment_intent_id', p_payment.stripe_payment_intent_id,
        'prop_account_id', v_account));
    return v_account;
end
$$;
grant execute on function payments.account_open(payments.payment) to purser_background;
