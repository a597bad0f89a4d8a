-- Leases the reading of Stripe's event list when it is due: p_interval_s after
-- the last one finished, and at once when a jobs worker starts.
--
-- Returns: 0-1 rows: from_s, the start of the last finished run less an hour (null = never: read all 30 days)
-- Locks: the one row
-- Tables written: webhooks.backfill
create or replace function jobs.backfill_claim(p_holder text, p_lease_ms int, p_interval_s int)
    returns table (from_s bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with due as (
        select d.only_row
        from webhooks.backfill d
        where (d.lease_until is null or d.lease_until <= now())
            and (d.due_at <= now() or d.last_finished_at <= now() - p_interval_s * interval '1 s')
        for update skip locked
    )
    update webhooks.backfill b
    set lease_holder = p_holder, lease_until = now() + p_lease_ms * interval '1 ms', last_started_at = now()
    from due
    where b.only_row = due.only_row
    returning extract(epoch from b.covered_until - interval '1 h')::bigint;
end
$$;
