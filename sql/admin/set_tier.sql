-- Makes or changes a tier of the catalogue.  Payments and accounts that exist
-- keep what they were bought with.
--
-- Parameters: p_tenant slug or id; p_price_cents 0 = free
-- Returns: the tier's id; null after a dry run
-- Raises: PU404; PU422
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
    perform admin.need(p_id ~ '^[A-Za-z0-9_.-]{1,64}$', 'p_id',
        'letters, digits, _, . and -, at most 64'),
        admin.need(btrim(p_market) <> '' and length(p_market) <= 64, 'p_market',
            'a name of at most 64 characters'),
        admin.need(btrim(p_asset_class) <> '' and length(p_asset_class) <= 64, 'p_asset_class',
            'a name of at most 64 characters'),
        admin.need(p_account_size between 1 and 1000000000000, 'p_account_size',
            'from 1 to 1000000000000'),
        admin.need(p_price_cents between 0 and 999999999999, 'p_price_cents',
            'from 0 (free) to 999999999999, in the smallest unit of the currency'),
        admin.need(exists (
            select from ledger.asset s where s.code = p_currency and s.kind = 'currency'),
            'p_currency', 'a currency of Stripe''s in lower-case letters, as usd'),
        admin.need(p_active is not null, 'p_active', 'true or false');
    perform admin.record('set_tier', p_id,
        jsonb_build_object('tenant', v_tenant, 'market', p_market, 'asset_class', p_asset_class,
            'account_size', p_account_size, 'price_cents', p_price_cents, 'currency', p_currency,
            'active', p_active), p_reason, false);
    insert into payments.tier (tenant_id, id, market, asset_class, account_size, price_cents,
        currency, active)
    values (v_tenant, p_id, p_market, p_asset_class, p_account_size, p_price_cents, p_currency,
        p_active)
    on conflict (tenant_id, id) do update
    set market = excluded.market, asset_class = excluded.asset_class,
        account_size = excluded.account_size, price_cents = excluded.price_cents,
        currency = excluded.currency, active = excluded.active;
    perform admin.finish('set_tier ' || p_id, p_dry_run);
    return p_id;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.set_tier is
    'makes or changes a tier; what was bought before keeps its terms';
