-- A tenant's own Stripe account, by which its objects at Stripe are made and read; null = it has
-- none.  It belongs to purser_background, and is PL/pgSQL: see core.stripe_account_name.
create or replace function core.stripe_account_of(p_tenant text) returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select s.name from core.stripe_account s where s.tenant_id = p_tenant);
end
$$;
grant execute on function core.stripe_account_of(text) to purser_owner;
