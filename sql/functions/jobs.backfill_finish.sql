-- The holder read the whole list; nothing when its lease went to another.
--
-- Locks: the one row
-- Tables written: webhooks.backfill
create or replace function jobs.backfill_finish(p_holder text) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update webhooks.backfill b
    set last_finished_at = now(), covered_until = b.last_started_at, due_at = 'infinity',
        lease_holder = null, lease_until = null
    where b.lease_holder = p_holder
$$;
