-- The Stripe account in whose name the transaction's tenant has its books: its own, else `default`,
-- which tenants shared before migration 0041.  Stripe is called with the key of its own only
-- (core.stripe_account_of).
--
-- PL/pgSQL keeps the plan of its expression; as a function in SQL it was parsed and planned in
-- every call, which was a third of what a posting costs.
create or replace function core.stripe_account_name() returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce(core.stripe_account_of(current_setting('purser.tenant', true)), 'default');
end
$$;
grant execute on function core.stripe_account_name() to purser_owner;
