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
    v_ids text[] := core.job_claim('stripe_events.event', p_holder, p_lease_ms, p_limit);
begin
    return query
    select e.id::text, e.type, e.account, e.livemode, e.created_s, e.payload, e.attempts
    from stripe_events.event e
    where e.id = any(v_ids)
    order by e.created_s, e.id;
end
$$;
grant execute on function stripe_events.event_claim(text, int, int) to purser_jobs;
