-- The Stripe account in whose name the transaction's tenant has its books: its own, else `default`,
-- which tenants shared before migration 0041.  Stripe is called with the key of its own only
-- (core.stripe_account_of).  It belongs to purser_background, which sees the rows without a tenant.
--
-- PL/pgSQL keeps the plan of its query; as a function in SQL it was parsed and planned in every
-- call, which was a third of what a posting costs.
create or replace function core.stripe_account_name() returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce((
        select s.name
        from core.stripe_account s
        where s.tenant_id = current_setting('purser.tenant', true)
        order by s.created_at, s.name
        limit 1), 'default');
end
$$;
grant execute on function core.stripe_account_name() to purser_owner;
