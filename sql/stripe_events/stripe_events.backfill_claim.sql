-- The claim of the back-fill of events: the next page of a Stripe account's event list.  It comes
-- every few seconds, and reports the keys of purser-jobs on the way.
--
-- Parameters, Returns: as stripe_events.bookmark_claim
-- Locks: the Stripe accounts, the bookmark
-- Tables written: core.stripe_account, stripe_events.bookmark
create or replace function stripe_events.backfill_claim(
    p_holder text, p_lease_ms int, p_interval_s int, p_days int,
    p_keys text[] default null
)
    returns table (stripe_account text, from_s bigint, after text, pages int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform core.stripe_keys_report(p_keys, true) where p_keys is not null;
    return query
    select c.stripe_account, c.from_s, c.after, c.pages
    from stripe_events.bookmark_claim('events', p_holder, p_lease_ms, p_interval_s, p_days,
        p_keys) as c;
end
$$;
grant execute on function stripe_events.backfill_claim(text, int, int, int, text[]) to purser_jobs;
