-- Makes the tree of a history anew from its payouts, with runs of 48: after
-- many of them changed at once.  Costs as much as the history is long.
--
-- Locks: the caller holds the book's row
-- Tables written: journal.node
create or replace function journal.history_rebuild(p_history uuid, p_tenant text) returns void
    language plpgsql
as $$
begin
    delete from journal.node n where n.history_id = p_history;
    for v_level in 1 .. 4 loop
        insert into journal.node
            (history_id, level, date, payout_id, tenant_id, pending, processing, completed, failed,
                total_cents, share_cents)
        select p_history, v_level,
            case when r.run = 0 then '-infinity' else min(r.date) end,
            case when r.run = 0 then '00000000-0000-0000-0000-000000000000'
                else (array_agg(r.payout_id) filter (where r.place % 48 = 0))[1] end,
            p_tenant, sum(r.pending), sum(r.processing), sum(r.completed), sum(r.failed),
            sum(r.total_cents), sum(r.share_cents)
        from (
            select q.*, case when v_level = 4 then 0 else q.place / 48 end as run
            from (
                select p.*, row_number() over (order by p.date, p.payout_id) - 1 as place
                from journal.part p
                where p.history_id = p_history and p.level = v_level - 1) as q) as r
        group by r.run;
    end loop;
    if not exists (select from journal.node n where n.history_id = p_history) then
        perform journal.history_create(p_history, p_tenant);
    end if;
end
$$;
