-- Whose an object at Stripe is that this installation made and no row of ours has: the tenant's
-- that its metadata names, else the owner's of the Stripe account.
create or replace function core.metadata_tenant(p_metadata jsonb) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        (select t.id from core.tenant t where t.id = p_metadata ->> 'purser_tenant'),
        (select s.tenant_id from core.stripe_account s where s.name = 'default'))
$$;
