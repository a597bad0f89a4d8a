-- Whether the metadata of an object at Stripe names a row of ours: written by this
-- installation before its call.  A row that has another object is named as well: the caller
-- notes the conflict.
--
-- Parameters: p_old_key what held the row's id before there was purser_object
create or replace function core.metadata_names(
    p_metadata jsonb, p_api text, p_tenant text, p_object text, p_old_key text
)
    returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(case
        when p_metadata ? 'purser_object' then p_metadata ->> 'purser_object' = p_object
            and p_metadata ->> 'purser_installation' = core.installation_id()
            and p_metadata ->> 'purser_api' = p_api and p_metadata ->> 'purser_tenant' = p_tenant
        else p_metadata ->> p_old_key = p_object
    end, false)
$$;
grant execute on function core.metadata_names(jsonb, text, text, text, text)
    to purser_background;
