-- Whether the tenant's money is at this Stripe account: its own, else the shared one.
create or replace function core.tenant_uses_stripe_account(p_tenant text, p_name text)
    returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        (select bool_or(s.name = p_name) from core.stripe_account s where s.tenant_id = p_tenant),
        p_name = 'default')
$$;
grant execute on function core.tenant_uses_stripe_account(text, text) to purser_background;
