-- Whether the metadata of an object at Stripe names a row of ours: written by this
-- installation before its call.  A row that has another object is named as well: the caller
-- notes the conflict.
--
-- Before there was purser_object, another key had the row's id.  Clients and other applications can
-- write that one, so it counts only while the row waits for its object, and only for a row that is
-- as old as that.
--
-- Parameters: p_old_key what held the row's id before there was purser_object; p_waits_since the
--   row's time of creation while it waits for its object, null = it does not wait
create or replace function core.metadata_names(
    p_metadata jsonb, p_api text, p_tenant text, p_object text, p_old_key text,
    p_waits_since timestamptz
)
    returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(case
        when p_metadata ?| array['purser_installation', 'purser_tenant', 'purser_object']
        then p_metadata ->> 'purser_object' = p_object
            and p_metadata ->> 'purser_installation' = core.installation_id()
            and p_metadata ->> 'purser_api' = p_api and p_metadata ->> 'purser_tenant' = p_tenant
        else p_metadata ->> p_old_key = p_object and p_waits_since < (
            -- programs of before may have run for a while
            select m.applied_at + interval '1 day'
            from core.migration m
            where m.name = '0028_installation')
    end, false)
$$;
grant execute on function core.metadata_names(jsonb, text, text, text, text, timestamptz)
    to purser_background;
