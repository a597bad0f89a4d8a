-- An account of a free tier, without a payment; once for an Idempotency-Key.
--
-- Returns: the account as payments.prop_account_v shows it
-- Raises: PU420 unknown tier, PU422 (column) a field that differs from the tier's, PU421
--   the tier is not free
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
    v_field text;
    v_answer payments.prop_account_v;
begin
    if v_idempotency is not null then
        select a.id into v_id
        from payments.prop_account a
        where a.idempotency_id = v_idempotency and a.tenant_id = v_tenant
            and a.user_id = v_principal;
    end if;
    if v_id is null then
        select * into v_tier
        from payments.tier t
        where t.tenant_id = v_tenant and t.id = p_tier and t.active;
        if not found then
            raise exception using errcode = 'PU420', message = 'unknown tier', column = 'tier_id';
        end if;
        v_field := case
            when p_asset_class is distinct from v_tier.asset_class then 'asset_class'
            when p_account_size is distinct from v_tier.account_size then 'account_size'
        end;
        if v_field is not null then
            raise exception using errcode = 'PU422', message = 'differs from the tier''s',
                column = v_field;
        end if;
        if v_tier.price_cents <> 0 then
            raise exception using errcode = 'PU421', message = 'the tier is not free',
                column = 'tier_id';
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
