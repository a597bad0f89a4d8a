-- The end of every function that changes something.  A dry run does all that the real call does,
-- deferred constraints included, and rolls it back: by an exception that the function catches, and
-- whose text it shows or answers with.  So it refuses what the real call would refuse.
--
-- Parameters: p_done what was done, or would be
-- Returns: p_done
-- Raises: PU499 in a dry run
create or replace function admin.finish(p_done text, p_dry boolean) returns text
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(p_dry, true) then
        set constraints all immediate;
        raise exception using errcode = 'PU499',
            message = 'dry run, rolled back: ' || p_done || '; say p_dry_run => false';
    end if;
    return p_done;
end
$$;
