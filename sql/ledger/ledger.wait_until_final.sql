-- Waits until no transaction is under way that could still post something as of p_at or before:
-- what is asked afterwards as of p_at never changes.
--
-- A transaction that posts holds a lock on ledger.transfer until it ends, and takes the time of the
-- posting after it got the lock.  So those that hold one now must end first; whoever gets one later
-- posts later.  Nothing is locked here.
--
-- Raises: PU900 p_at is in the future, or such a transaction has not ended for 5 s
create or replace function ledger.wait_until_final(p_at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_writers text[];
    v_until timestamptz := clock_timestamp() + interval '5 s';
begin
    if p_at is null or p_at > clock_timestamp() then
        raise exception using errcode = 'PU900', message = 'the books of the future are not known';
    end if;
    v_writers := array(
        select l.virtualtransaction
        from pg_locks l
        where l.relation = 'ledger.transfer'::regclass and l.mode = 'RowExclusiveLock'
            and l.database = (select d.oid from pg_database d where d.datname = current_database())
            and l.granted and l.pid <> pg_backend_pid());
    while exists (
        select from pg_locks l
        where l.relation = 'ledger.transfer'::regclass and l.virtualtransaction = any (v_writers)
            and l.database = (select d.oid from pg_database d where d.datname = current_database()))
    loop
        if clock_timestamp() > v_until then
            raise exception using errcode = 'PU900',
                message = 'a transaction that posted before this time has not ended',
                hint = 'look for it in pg_stat_activity by xact_start, or ask for an earlier time';
        end if;
        perform pg_sleep(0.01);
    end loop;
end
$$;
