-- The holder could not read a page: ends its lease, to be tried again after 5 s, 10 s, ... 5 min.
--
-- Parameters: p_error for admin.health; p_refused our key has not the right to read this list
-- Locks: the bookmark
-- Tables written: stripe_events.bookmark
create or replace function stripe_events.bookmark_fail(
    p_stripe_account text, p_list text, p_holder text, p_error text, p_refused boolean
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update stripe_events.bookmark b
    set lease_holder = null, lease_until = null, last_error = p_error, attempts = b.attempts + 1,
        refused_at = case when p_refused then now() end,
        next_run_at = now()
            + least(interval '5 min', interval '5 s' * 2 ^ least(b.attempts, 10))
    where b.stripe_account = p_stripe_account and b.list = p_list and b.lease_holder = p_holder
$$;
grant execute on function stripe_events.bookmark_fail(text, text, text, text, boolean)
    to purser_jobs;
