-- Whether the metadata of an object at Stripe says that this installation made it.  Without a row
-- of ours it is an exception: rows were lost.
create or replace function core.metadata_is_ours(p_metadata jsonb) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(p_metadata ->> 'purser_installation' = core.installation_id(), false)
$$;
grant execute on function core.metadata_is_ours(jsonb) to purser_background;
