-- The end of a function whose dry run does everything and rolls it back: an exception that the
-- function catches, and whose text it answers with.
--
-- Parameters: p_done what was done, or would be
-- Returns: p_done
-- Raises: PU499 in a dry run
create or replace function admin.finish(p_done text, p_dry boolean) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(p_dry, true) then
        raise exception using errcode = 'PU499',
            message = 'dry run, rolled back: ' || p_done || '; say p_dry_run => false';
    end if;
    return p_done;
end
$$;
