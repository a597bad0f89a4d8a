-- Makes or changes a tier of the catalogue.  Payments and accounts that exist
-- keep what they were bought with.
--
-- Parameters: p_tenant slug or id; p_price_cents 0 = free
-- Returns: the tier's id; null after a dry run
-- Raises: PU404
-- Tables written: payments.tier, admin.audit
create or replace function admin.set_tier(
    p_tenant text, p_id text, p_market text, p_asset_class text, p_account_size bigint,
    p_price_cents bigint, p_currency text, p_active boolean, p_reason text,
    p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
begin
    if not admin.record('set_tier', p_id,
        jsonb_build_object('tenant', v_tenant, 'market', p_market, 'asset_class', p_asset_class,
            'account_size', p_account_size, 'price_cents', p_price_cents, 'currency', p_currency,
            'active', p_active), p_reason, p_dry_run)
    then
        return null;
    end if;
    insert into payments.tier (tenant_id, id, market, asset_class, account_size, price_cents,
        currency, active)
    values (v_tenant, p_id, p_market, p_asset_class, p_account_size, p_price_cents, p_currency,
        p_active)
    on conflict (tenant_id, id) do update
    set market = excluded.market, asset_class = excluded.asset_class,
        account_size = excluded.account_size, price_cents = excluded.price_cents,
        currency = excluded.currency, active = excluded.active;
    return p_id;
end
$$;
comment on function admin.set_tier is
    'makes or changes a tier; what was bought before keeps its terms';
