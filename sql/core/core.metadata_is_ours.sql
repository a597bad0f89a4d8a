-- Whether the metadata of an object at Stripe says that this installation made it for the
-- transaction's tenant.  Without a row of ours it is an exception: rows were lost.  What names
-- another installation or tenant is a stranger's.
create or replace function core.metadata_is_ours(p_metadata jsonb) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(p_metadata ->> 'purser_installation' = core.installation_id()
        and p_metadata ->> 'purser_tenant' = current_setting('purser.tenant', true), false)
$$;
grant execute on function core.metadata_is_ours(jsonb) to purser_background;
