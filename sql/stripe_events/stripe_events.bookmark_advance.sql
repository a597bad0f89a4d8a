-- The holder stored a page, in this transaction, and more pages follow: moves
-- the cursor and ends the lease.
--
-- Returns: whether the lease was the holder's; if not, another instance reads,
--   or this statement runs for the second time
-- Locks: the bookmark
-- Tables written: stripe_events.bookmark
create or replace function stripe_events.bookmark_advance(
    p_stripe_account text, p_list text, p_holder text, p_from_s bigint, p_after text
)
    returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update stripe_events.bookmark b
    set reading_from_s = p_from_s, reading_after = p_after, reading_pages = b.reading_pages + 1,
        lease_holder = null, lease_until = null, next_run_at = now(), attempts = 0,
        last_error = null, refused_at = null
    where b.stripe_account = p_stripe_account and b.list = p_list and b.lease_holder = p_holder;
    return found;
end
$$;
grant execute on function stripe_events.bookmark_advance(text, text, text, bigint, text)
    to purser_jobs;
