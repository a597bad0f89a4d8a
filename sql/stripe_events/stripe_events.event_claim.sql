-- Leases up to p_limit due events, oldest first.  Claimed rows are due again
-- when the lease ends.
--
-- Returns: id, type, account, livemode, created_s, payload, attempts (this one included)
-- Locks: the claimed events, skipping locked ones
-- Tables written: stripe_events.event
create or replace function stripe_events.event_claim(p_holder text, p_lease_ms int, p_limit int)
    returns table (id text, type text, account text, livemode boolean, created_s bigint,
        payload text, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_until timestamptz := now() + p_lease_ms * interval '1 ms';
begin
    return query
    with due as (
        select e.id
        from stripe_events.event e
        where e.state in ('pending', 'parked') and e.next_run_at <= now()
        order by e.next_run_at
        limit p_limit
        for update skip locked
    ), claimed as (
        update stripe_events.event e
        set lease_holder = p_holder, lease_until = v_until, next_run_at = v_until,
            attempts = e.attempts + 1
        from due
        where e.id = due.id
        returning e.*
    )
    select c.id::text, c.type, c.account, c.livemode, c.created_s, c.payload, c.attempts
    from claimed c
    order by c.created_s, c.id;
end
$$;
grant execute on function stripe_events.event_claim(text, int, int) to purser_jobs;
