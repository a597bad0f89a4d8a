-- An account of a free tier, without a payment; once for an Idempotency-Key.
--
-- Returns: the account as payments.prop_account_v shows it
-- Raises: PU420, PU422 as payments.tier_match, PU421 the tier is not free
-- Tables written: payments.prop_account
create or replace function payments.free_create(p_tier text, p_asset_class text,
    p_account_size bigint)
    returns payments.prop_account_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_principal text := current_setting('purser.principal', true);
    v_idempotency bigint := nullif(current_setting('purser.idempotency', true), '')::bigint;
    v_tier payments.tier;
    v_id text;
    v_answer payments.prop_account_v;
begin
    if v_idempotency is not null then
        select a.id into v_id
        from payments.prop_account a
        where a.idempotency_id = v_idempotency and a.tenant_id = v_tenant
            and a.user_id = v_principal;
    end if;
    if v_id is null then
        v_tier := payments.tier_match(p_tier, null, p_asset_class, p_account_size, null);
        if v_tier.price_cents <> 0 then
            raise exception using errcode = 'PU421', column = 'tier_id',
                message = format('the tier is not free: POST /v2/payments/checkout sells it for '
                    '%s %s', v_tier.price_cents, v_tier.currency);
        end if;
        insert into payments.prop_account
            (id, tenant_id, user_id, tier_id, asset_class, account_size, idempotency_id, status)
        values (core.new_id('prop'), v_tenant, v_principal, v_tier.id, v_tier.asset_class,
            v_tier.account_size, v_idempotency, 'provisioning')
        returning id into v_id;
    end if;
    select * into v_answer from payments.prop_account_v v where v.id = v_id;
    return v_answer;
end
$$;
grant execute on function payments.free_create(text, text, bigint) to purser_payments;
