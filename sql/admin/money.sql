-- An amount in the asset's smallest unit as a person reads it: '199.00 usd'.
create or replace function admin.money(p_amount numeric, p_asset text) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        (select round(p_amount / 10::numeric ^ s.exponent, s.exponent)
            from ledger.asset s
            where s.code = p_asset),
        p_amount) || ' ' || p_asset
$$;
