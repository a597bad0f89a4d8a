-- Adds payouts to the sums of their histories (p_sign 1, when their rows are
-- there) or takes them out (p_sign -1, while they still are): one node of each
-- level of the book's, the firm's and the account's history, each node once.
--
-- Raises: PU900 a history has no tree
-- Locks: the nodes; no other change of the book runs (its row is locked)
-- Tables written: journal.node
create or replace function journal.history_change(p_ids uuid[], p_sign int) returns void
    language plpgsql
as $$
declare
    v_changes bigint;
    v_split journal.node[]; -- nodes of a level that may stand for more than 64 parts
begin
    -- sums by the nodes of level 1, then those above each of them
    with one as materialized (
        select h.id as history_id, k.date, k.payout_id, count(*) as payouts,
            count(*) filter (where p.status = 'pending') as pending,
            count(*) filter (where p.status = 'processing') as processing,
            count(*) filter (where p.status = 'completed') as completed,
            count(*) filter (where p.status = 'failed') as failed,
            sum(p.total_cents) as total_cents, sum(p.share_cents) as share_cents
        from unnest(p_ids) as i (id)
        cross join lateral (select * from journal.payout r where r.id = i.id offset 0) as p
        cross join lateral (values (p.book_id), (p.firm_id), (p.account_id)) as h (id)
        cross join lateral (
            select m.date, m.payout_id
            from journal.node m
            where m.history_id = h.id and m.level = 1 and (m.date, m.payout_id) <= (p.date, p.id)
            order by m.date desc, m.payout_id desc
            limit 1) as k
        group by h.id, k.date, k.payout_id
    ), change as (
        select o.history_id, l.level, l.date, l.payout_id, sum(o.payouts) as payouts,
            sum(o.pending) as pending, sum(o.processing) as processing,
            sum(o.completed) as completed, sum(o.failed) as failed,
            sum(o.total_cents) as total_cents, sum(o.share_cents) as share_cents
        from one o
        cross join lateral (
            select m.date, m.payout_id
            from journal.node m
            where m.history_id = o.history_id and m.level = 2
                and (m.date, m.payout_id) <= (o.date, o.payout_id)
            order by m.date desc, m.payout_id desc
            limit 1) as two
        cross join lateral (
            select m.date, m.payout_id
            from journal.node m
            where m.history_id = o.history_id and m.level = 3
                and (m.date, m.payout_id) <= (two.date, two.payout_id)
            order by m.date desc, m.payout_id desc
            limit 1) as three
        cross join lateral (
            values (1, o.date, o.payout_id), (2, two.date, two.payout_id),
                (3, three.date, three.payout_id),
                (4, '-infinity', '00000000-0000-0000-0000-000000000000'))
            as l (level, date, payout_id)
        group by o.history_id, l.level, l.date, l.payout_id
    ), changed as (
        update journal.node n
        set pending = n.pending + p_sign * c.pending,
            processing = n.processing + p_sign * c.processing,
            completed = n.completed + p_sign * c.completed, failed = n.failed + p_sign * c.failed,
            total_cents = n.total_cents + p_sign * c.total_cents,
            share_cents = n.share_cents + p_sign * c.share_cents
        from change c
        where n.history_id = c.history_id and n.level = c.level and n.date = c.date
            and n.payout_id = c.payout_id
        returning c.payouts, n
    )
    select coalesce(sum(c.payouts), 0)::bigint,
        array_agg(c.n) filter (where (c.n).level = 1
            and (c.n).pending + (c.n).processing + (c.n).completed + (c.n).failed > 64)
    into v_changes, v_split
    from changed c;
    if v_changes <> 12 * cardinality(p_ids) then
        raise exception using errcode = 'PU900', message = 'the sums of a journal are broken',
            detail = format('%s changes for %s payouts', v_changes, cardinality(p_ids));
    end if;

    while v_split is not null loop
        v_split := (
            select array_agg(distinct k.above)
            from unnest(v_split) as s
            cross join lateral journal.history_split(s.history_id, s.level, s.date, s.payout_id)
                as f (was_split)
            cross join lateral (
                select m as above
                from journal.node m
                where m.history_id = s.history_id and m.level = s.level + 1 and m.level < 4
                    and (m.date, m.payout_id) <= (s.date, s.payout_id)
                order by m.date desc, m.payout_id desc
                limit 1) as k
            where f.was_split);
    end loop;
end
$$;
