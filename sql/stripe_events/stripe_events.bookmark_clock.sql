-- Notes how far our clocks are ahead of Stripe's, for admin.health, while the holder reads a list.
--
-- Parameters: p_stripe_ms Stripe's time in its answer, p_age_ms how long ago that came;
--   p_ahead_ms the program's clock when it came, less Stripe's
-- Locks: the bookmark
-- Tables written: stripe_events.bookmark
create or replace function stripe_events.bookmark_clock(
    p_account text, p_list text, p_holder text, p_stripe_ms bigint, p_age_ms bigint,
    p_ahead_ms bigint
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update stripe_events.bookmark b
    set clock_noted_at = clock_timestamp(), program_ahead_ms = p_ahead_ms,
        database_ahead_ms = (extract(epoch from clock_timestamp()) * 1000)::bigint
            - p_stripe_ms - p_age_ms
    where b.stripe_account = p_account and b.list = p_list and b.lease_holder = p_holder
$$;
grant execute on function stripe_events.bookmark_clock(
    text, text, text, bigint, bigint, bigint
) to purser_jobs;
