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
    v_key record;
begin
    with change as (
        select h.id as history_id, l.level, k.date, k.payout_id, count(*) as payouts,
            count(*) filter (where p.status = 'pending') as pending,
            count(*) filter (where p.status = 'processing') as processing,
            count(*) filter (where p.status = 'completed') as completed,
            count(*) filter (where p.status = 'failed') as failed,
            sum(p.total_cents) as total_cents, sum(p.share_cents) as share_cents
        from unnest(p_ids) as i (id)
        cross join lateral (select * from journal.payout r where r.id = i.id offset 0) as p
        cross join lateral (values (p.book_id), (p.firm_id), (p.account_id)) as h (id)
        cross join generate_series(1, 4) as l (level)
        cross join lateral (
            select m.date, m.payout_id
            from journal.node m
            where m.history_id = h.id and m.level = l.level
                and (m.date, m.payout_id) <= (p.date, p.id)
            order by m.date desc, m.payout_id desc
            limit 1) as k
        group by h.id, l.level, k.date, k.payout_id
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
        returning c.payouts
    )
    select coalesce(sum(c.payouts), 0)::bigint into v_changes from changed c;
    if v_changes <> 12 * cardinality(p_ids) then
        raise exception using errcode = 'PU900', message = 'the sums of a journal are broken',
            detail = format('%s changes for payouts %s', v_changes, p_ids);
    end if;

    if p_sign > 0 then
        for v_key in
            select h.id, p.date, p.id as payout_id
            from unnest(p_ids) as i (id)
            cross join lateral (select * from journal.payout r where r.id = i.id offset 0) as p
            cross join lateral (values (p.book_id), (p.firm_id), (p.account_id)) as h (id)
            order by p.date, p.id
        loop
            perform journal.history_split(v_key.id, v_key.date, v_key.payout_id);
        end loop;
    end if;
end
$$;
