-- Ends the lease of an event that could not be applied; it is due again after p_delay_ms.
--
-- Locks: the event
-- Tables written: stripe_events.event
create or replace function stripe_events.event_retry(
    p_stripe_account text, p_id text, p_delay_ms int, p_error text
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update stripe_events.event e
    set lease_holder = null, lease_until = null, last_error = p_error,
        next_run_at = now() + p_delay_ms * interval '1 ms'
    where e.stripe_account = p_stripe_account and e.id = p_id and e.state in ('pending', 'parked')
$$;
grant execute on function stripe_events.event_retry(text, text, int, text) to purser_jobs;
