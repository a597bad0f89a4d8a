-- Prefix sum: the sums of a history up to and with a key: on each level the parts between
-- the node above and the node below that hold the key.
--
-- Neither security definer nor with a search_path, so that it becomes part of
-- the query that calls it.
--
-- Parameters: p_status counts only payouts with it (journal.count_of); the sums are of all
-- Returns: payouts, total_cents, share_cents; one row always, nulls when p_history is null
create or replace function journal.history_upto(p_history uuid, p_date date, p_payout uuid,
    p_status text)
    returns table (payouts bigint, total_cents numeric, share_cents numeric)
    language sql stable
as $$
    select case when p_history is not null then
            coalesce(sum(journal.count_of(
                p_status, r.pending, r.processing, r.completed, r.failed)), 0)::bigint end,
        case when p_history is not null then coalesce(sum(r.total_cents), 0) end,
        case when p_history is not null then coalesce(sum(r.share_cents), 0) end
    from (
        select n.date, n.payout_id
        from journal.node n
        where n.history_id = p_history and n.level = 1
            and (n.date, n.payout_id) <= (p_date, p_payout)
        order by n.date desc, n.payout_id desc
        limit 1) as a1,
    lateral (
        select n.date, n.payout_id
        from journal.node n
        where n.history_id = p_history and n.level = 2
            and (n.date, n.payout_id) <= (a1.date, a1.payout_id)
        order by n.date desc, n.payout_id desc
        limit 1) as a2,
    lateral (
        select n.date, n.payout_id
        from journal.node n
        where n.history_id = p_history and n.level = 3
            and (n.date, n.payout_id) <= (a2.date, a2.payout_id)
        order by n.date desc, n.payout_id desc
        limit 1) as a3,
    lateral (
        select p.pending, p.processing, p.completed, p.failed, p.total_cents, p.share_cents
        from journal.part p
        where p.history_id = p_history and p.level = 0
            and (p.date, p.payout_id) >= (a1.date, a1.payout_id)
            and (p.date, p.payout_id) <= (p_date, p_payout)
        union all
        select n.pending, n.processing, n.completed, n.failed, n.total_cents, n.share_cents
        from journal.node n
        where n.history_id = p_history and n.level = 1
            and (n.date, n.payout_id) >= (a2.date, a2.payout_id)
            and (n.date, n.payout_id) < (a1.date, a1.payout_id)
        union all
        select n.pending, n.processing, n.completed, n.failed, n.total_cents, n.share_cents
        from journal.node n
        where n.history_id = p_history and n.level = 2
            and (n.date, n.payout_id) >= (a3.date, a3.payout_id)
            and (n.date, n.payout_id) < (a2.date, a2.payout_id)
        union all
        select n.pending, n.processing, n.completed, n.failed, n.total_cents, n.share_cents
        from journal.node n
        where n.history_id = p_history and n.level = 3
            and (n.date, n.payout_id) < (a3.date, a3.payout_id)) as r
$$;
