-- Leases up to p_limit due events, oldest first.  Claimed rows are due again
-- when the lease ends.  Events of a Stripe account that no tenant has are left alone.
--
-- Returns: stripe_account with its tenant_id, as which the event is applied; id, type, account,
--   livemode, created_s, payload, attempts (this one included)
-- Locks: the claimed events, skipping locked ones
-- Tables written: stripe_events.event
create or replace function stripe_events.event_claim(p_holder text, p_lease_ms int, p_limit int)
    returns table (stripe_account text, tenant_id text, id text, type text, account text,
        livemode boolean, created_s bigint, payload text, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids text[] := core.job_claim('stripe_events.event', p_holder, p_lease_ms, p_limit);
begin
    return query
    select s.name::text, s.tenant_id::text, e.id::text, e.type, e.account, e.livemode, e.created_s,
        e.payload, e.attempts
    from unnest(v_ids) as c
    join stripe_events.event e on e.stripe_account = split_part(c, '/', 1)
        and e.id = split_part(c, '/', 2)
    join core.stripe_account s on s.name = e.stripe_account
    order by e.created_s, e.id;
end
$$;
grant execute on function stripe_events.event_claim(text, int, int) to purser_jobs;
