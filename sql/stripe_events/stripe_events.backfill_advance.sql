-- The holder stored a page, in this transaction, and more pages follow: moves
-- the cursor and ends the lease.
--
-- Returns: whether the lease was the holder's; if not, another instance reads,
--   or this statement runs for the second time
-- Locks: the one row
-- Tables written: stripe_events.backfill
create or replace function stripe_events.backfill_advance(
    p_holder text, p_from_s bigint, p_after text
)
    returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update stripe_events.backfill b
    set reading_from_s = p_from_s, reading_after = p_after, reading_pages = b.reading_pages + 1,
        lease_holder = null, lease_until = null
    where b.lease_holder = p_holder;
    return found;
end
$$;
grant execute on function stripe_events.backfill_advance(text, bigint, text) to purser_jobs;
