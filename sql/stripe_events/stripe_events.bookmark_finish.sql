-- Ends a reading whose last page the holder stored; changes nothing when another holder has the
-- lease.  A program that started while the list was read may have missed objects before its start:
-- a due_at that was set after this reading began stays.
--
-- Locks: the bookmark
-- Tables written: stripe_events.bookmark
create or replace function stripe_events.bookmark_finish(p_list text, p_holder text) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update stripe_events.bookmark b
    set last_finished_at = now(), covered_until = b.last_started_at,
        due_at = case when b.due_at > b.last_started_at then b.due_at else 'infinity' end,
        reading_from_s = null, reading_after = null, reading_pages = 0,
        lease_holder = null, lease_until = null, attempts = 0, last_error = null, refused_at = null
    where b.list = p_list and b.lease_holder = p_holder
$$;
grant execute on function stripe_events.bookmark_finish(text, text) to purser_jobs;
