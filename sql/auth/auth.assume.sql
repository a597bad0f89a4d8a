-- Makes this transaction act for a tenant and principal that an earlier
-- transaction authenticated: the settling step of a request, and jobs.
create or replace function auth.assume(p_tenant text, p_principal text) returns void
    language plpgsql
as $$
begin
    perform pg_catalog.set_config('purser.tenant', p_tenant, true),
        pg_catalog.set_config('purser.mode', 'live', true),
        pg_catalog.set_config('purser.principal', p_principal, true);
end
$$;
