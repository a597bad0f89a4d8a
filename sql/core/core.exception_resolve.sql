-- Resolves the open exception of a kind and object in this transaction's tenant; does nothing when
-- none is open.
--
-- Parameters: p_resolution what was done about it; p_by the operator's login, null = the facts
--   resolved it themselves: it opens again when they change back
-- Returns: the exception's id, null = none was open
-- Locks: the exception
-- Tables written: core.exception
create or replace function core.exception_resolve(
    p_kind text, p_object_id text, p_resolution text, p_by text default null
) returns text
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update core.exception e
    set resolved_at = clock_timestamp(), resolved_by = p_by, resolution = p_resolution
    where e.tenant_id = current_setting('purser.tenant', true) and e.kind = p_kind
        and e.object_id = p_object_id and e.resolved_at is null
    returning e.id
$$;
grant execute on function core.exception_resolve(text, text, text, text) to purser_background;
