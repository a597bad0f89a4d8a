-- Leases the next page of a list of a Stripe account's, when a reading is due or under
-- way.  A reading is due p_interval_s after the last one began, and at once when
-- purser-jobs starts or this incarnation of the database has not read the list.  Each page is
-- claimed with a lease of its own, so that any instance can go on after any page.
--
-- last_started_at is when the reading began with the newest object; claims of its
-- later pages leave it.  What comes after that time is newer than the whole
-- reading, and is left to the next one.
--
-- The accounts take turns: the one whose last page is longest ago comes first.  So neither the long
-- list of one nor its failures keep the others waiting.
--
-- Parameters: p_days no reading begins with older objects; null or 0 = any age; p_keys the accounts
--   with a key in the calling program, as in core.stripe_account_need; null = all
-- Returns: 0-1 rows: stripe_account; from_s, what the reading began with, else the start of the
--   last finished reading less an hour (0 = read the whole list); after,
--   the cursor (null = begin with the newest); pages, stored so far
-- Locks: the bookmark
-- Tables written: stripe_events.bookmark
create or replace function stripe_events.bookmark_claim(
    p_list text, p_holder text, p_lease_ms int, p_interval_s int, p_days int,
    p_keys text[] default null
)
    returns table (stripe_account text, from_s bigint, after text, pages int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with due as (
        select d.stripe_account, d.list
        from stripe_events.bookmark d
        join core.stripe_account s on s.name = d.stripe_account
        where d.list = p_list and d.next_run_at <= now()
            and (p_keys is null or concat_ws(':', s.name, s.mode, s.stripe_id) = any (p_keys))
            and (d.lease_until is null or d.lease_until <= now())
            and (d.reading_after is not null or d.due_at <= now()
                or d.covered_until <= now() - p_interval_s * interval '1 s'
                or d.read_in is distinct from core.incarnation())
        order by d.next_run_at, d.stripe_account
        limit 1
        for no key update of d skip locked
    )
    update stripe_events.bookmark b
    set lease_holder = p_holder, lease_until = now() + p_lease_ms * interval '1 ms',
        last_started_at =
            case when b.reading_after is null then now() else b.last_started_at end,
        begun_in = case when b.reading_after is null then core.incarnation() else b.begun_in end
    from due
    where b.stripe_account = due.stripe_account and b.list = due.list
    returning b.stripe_account::text,
        coalesce(case when b.reading_after is not null then b.reading_from_s end,
            floor(extract(epoch from greatest(b.covered_until - interval '1 h',
                now() - nullif(p_days, 0) * interval '1 day', to_timestamp(0))))::bigint),
        b.reading_after::text, b.reading_pages;
end
$$;
