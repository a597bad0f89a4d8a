-- State machine: trigger function of each table with a status.  A row starts and changes its
-- status only as the rows of core.transition allow for the machine that the trigger's argument
-- names; from_status '' = insert.  While purser.operator is on, those of an operator are
-- allowed too: the machine's name with ' by operator'.
--
-- Raises: PU900
create or replace function core.transition_check() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_from text collate "C" := '';
begin
    if TG_OP = 'UPDATE' then
        v_from := old.status;
        if v_from = new.status then
            return new;
        end if;
    end if;
    if not exists (
        select from core.transition t
        where t.from_status = v_from and t.to_status = new.status
            and (t.machine = TG_ARGV[0]
                or t.machine = TG_ARGV[0] || ' by operator'
                    and current_setting('purser.operator', true) = 'on'))
    then
        raise exception using
            errcode = 'PU900',
            message = format('%s may not go from %L to %L', TG_TABLE_NAME, v_from, new.status),
            detail = new.id;
    end if;
    return new;
end
$$;
