-- Stripe refused the holder's cursor (it forgets an event after 30 days): the
-- reading begins again with the newest object, when the lease ends.
--
-- Locks: the bookmark
-- Tables written: stripe_events.bookmark
create or replace function stripe_events.bookmark_restart(
    p_stripe_account text, p_list text, p_holder text
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update stripe_events.bookmark b
    set reading_from_s = null, reading_after = null, reading_pages = 0
    where b.stripe_account = p_stripe_account and b.list = p_list and b.lease_holder = p_holder
$$;
grant execute on function stripe_events.bookmark_restart(text, text, text) to purser_jobs;
