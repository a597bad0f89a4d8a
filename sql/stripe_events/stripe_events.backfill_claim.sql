-- The claim of the back-fill of events: the next page of Stripe's event list.
--
-- Parameters, Returns: as stripe_events.bookmark_claim
-- Locks: the bookmark
-- Tables written: stripe_events.bookmark
create or replace function stripe_events.backfill_claim(
    p_holder text, p_lease_ms int, p_interval_s int, p_days int
)
    returns table (from_s bigint, after text, pages int)
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select c.from_s, c.after, c.pages
    from stripe_events.bookmark_claim('events', p_holder, p_lease_ms, p_interval_s, p_days)
        as c
$$;
grant execute on function stripe_events.backfill_claim(text, int, int, int) to purser_jobs;
