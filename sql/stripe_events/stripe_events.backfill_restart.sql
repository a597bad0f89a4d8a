-- Stripe refused the holder's cursor (it forgets an event after 30 days): the
-- reading begins again with the newest event, when the lease ends.
--
-- Locks: the one row
-- Tables written: stripe_events.backfill
create or replace function stripe_events.backfill_restart(p_holder text) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update stripe_events.backfill b
    set reading_from_s = null, reading_after = null, reading_pages = 0
    where b.lease_holder = p_holder
$$;
grant execute on function stripe_events.backfill_restart(text) to purser_jobs;
