-- The tier that a client names, which the transaction's tenant sells and whose terms the client
-- repeats; the error for another one says what the tier has, or what lists the tiers.
--
-- Parameters: the client's fields; p_market and p_currency null = not asked for
-- Returns: the tier
-- Raises: PU420 unknown tier, PU422 (column) a field that differs from the tier's
create or replace function payments.tier_match(
    p_tier text, p_market text, p_asset_class text, p_account_size bigint, p_currency text
) returns payments.tier
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tier payments.tier;
    v_field text;
begin
    select * into v_tier
    from payments.tier t
    where t.tenant_id = current_setting('purser.tenant', true) and t.id = p_tier and t.active;
    if not found then
        raise exception using errcode = 'PU420', column = 'tier_id',
            message = 'this tier is not sold; GET /v2/payments/tiers lists those that are';
    end if;
    v_field := case
        when p_market <> v_tier.market then 'market'
        when p_asset_class is distinct from v_tier.asset_class then 'asset_class'
        when p_account_size is distinct from v_tier.account_size then 'account_size'
        when lower(p_currency) <> v_tier.currency then 'currency'
    end;
    if v_field is not null then
        raise exception using errcode = 'PU422', column = v_field,
            message = format('differs from the tier''s, %s', to_jsonb(v_tier) -> v_field);
    end if;
    return v_tier;
end
$$;
