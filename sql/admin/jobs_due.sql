-- For admin.health: what each kind of job has to do, as core.job_claim selects it.
--
-- Returns: rows that are due and that no program works on, and since when the oldest is due
create or replace function admin.jobs_due()
    returns table (kind text, count bigint, oldest timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind core.job_kind;
begin
    for v_kind in select k.* from core.job_kind k order by k.kind loop
        return query execute format($sql$
            select %L::text, count(*), min(d.next_run_at)
            from %s d
            where d.next_run_at <= now() and (%s)
                and (d.lease_until is null or d.lease_until <= now())
            having count(*) > 0
            $sql$, v_kind.kind, v_kind.leased_table, replace(v_kind.due, '$5', '0'));
    end loop;
end
$$;
comment on function admin.jobs_due is 'what each kind of job has to do, and since when';
