-- Gives back the events that a thread has claimed and not tried: a turn ends early when its
-- lease would end during the next event, or when the program stops.  A claim counts as an
-- attempt, so it is taken back: an event that was never tried has no failure behind it.
--
-- Parameters: p_holder the thread's name, as in its claim
-- Returns: how many events were given back
-- Locks: the events
-- Tables written: stripe_events.event
create or replace function stripe_events.event_release(p_holder text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_count bigint;
begin
    update stripe_events.event e
    set lease_holder = null, lease_until = null, next_run_at = now(),
        attempts = greatest(e.attempts - 1, 0)
    where e.lease_holder = p_holder;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
grant execute on function stripe_events.event_release(text) to purser_jobs;
