-- Ends every lease of a holder and of its threads ("holder/…"): those that an earlier
-- process of that name held when it died, or one that a claim gave to a thread which
-- never received the claim's answer.  A lease whose time is over has ended by itself: its row
-- keeps the time at which it is due.
--
-- A create call of that holder may still be under way, so its account stays
-- 'calling' and is claimed as unknown.
--
-- Returns: how many leases were ended
-- Locks: the leased rows
-- Tables written: those of core.leased_table, whose text is executed: no role but purser_owner
--   may write there
create or replace function core.leases_return(p_holder text) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_table core.leased_table;
    v_count int;
    v_total int := 0;
begin
    for v_table in select * from core.leased_table t order by t.lock_order loop
        execute format('update %s set lease_holder = null, lease_until = null, %s '
            'where (%s) and lease_until > now() '
            'and (lease_holder = $1 or starts_with(lease_holder, $1 || ''/''))',
            v_table.name, v_table.returned, v_table.held)
        using p_holder;
        get diagnostics v_count = row_count;
        v_total := v_total + v_count;
    end loop;
    return v_total;
end
$$;
grant execute on function core.leases_return(text) to purser_jobs;
