-- Waits until no transaction is under way that could still post something as of p_at or before:
-- what is asked afterwards as of p_at never changes.
--
-- A transaction takes the time of a posting after it has its number (ledger.post).  So whatever has
-- a number below the next one that was free after p_at must end first; nothing is locked.
--
-- Raises: PU900 p_at is in the future, or such a transaction has not ended for 5 s
create or replace function ledger.wait_until_final(p_at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_next xid8;
    v_until timestamptz := clock_timestamp() + interval '5 s';
begin
    if p_at is null or p_at > clock_timestamp() then
        raise exception using errcode = 'PU900', message = 'the books of the future are not known';
    end if;
    v_next := pg_snapshot_xmax(pg_current_snapshot());
    while exists (
        select from pg_snapshot_xip(pg_current_snapshot()) as x(number) where x.number < v_next)
    loop
        if clock_timestamp() > v_until then
            raise exception using errcode = 'PU900',
                message = 'a transaction that is older than this time has not ended',
                hint = 'look for it in pg_stat_activity by xact_start, or ask for an earlier time';
        end if;
        perform pg_sleep(0.01);
    end loop;
end
$$;
