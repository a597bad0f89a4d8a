-- The Stripe account of the transaction's tenant, else the name `default` for books of before it
-- had one, and its mode; live until there is one.  It belongs to purser_background, which sees the
-- rows of all tenants.
create or replace function core.stripe_account_of_tenant(out name text, out mode text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    select s.name, s.mode into name, mode
    from core.stripe_account s
    where s.tenant_id = current_setting('purser.tenant', true);
    if not found then
        name := 'default';
        mode := coalesce((select s.mode from core.stripe_account s where s.name = 'default'),
            'live');
    end if;
end
$$;
grant execute on function core.stripe_account_of_tenant() to purser_owner;
