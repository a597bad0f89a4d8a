-- Node split: splits the node of level 1 that holds a key when its run is longer than 64
-- (the first 32 stay), then the one above when that has too many now, and so on.
--
-- Tables written: journal.node
create or replace function journal.history_split(p_history uuid, p_date date, p_payout uuid)
    returns void
    language plpgsql
as $$
declare
    v_node journal.node;
    v_next record;
    v_rest record;
begin
    for v_level in 1 .. 3 loop
        select * into v_node
        from journal.node n
        where n.history_id = p_history and n.level = v_level
            and (n.date, n.payout_id) <= (p_date, p_payout)
        order by n.date desc, n.payout_id desc
        limit 1;
        exit when v_level = 1
            and v_node.pending + v_node.processing + v_node.completed + v_node.failed <= 64;

        select n.date, n.payout_id into v_next
        from journal.node n
        where n.history_id = p_history and n.level = v_level
            and (n.date, n.payout_id) > (v_node.date, v_node.payout_id)
        order by n.date, n.payout_id
        limit 1;
        if not found then
            select 'infinity'::date as date,
                '00000000-0000-0000-0000-000000000000'::uuid as payout_id
            into v_next;
        end if;

        select (array_agg(r.date order by r.place))[1] as date,
            (array_agg(r.payout_id order by r.place))[1] as payout_id, sum(r.pending) as pending,
            sum(r.processing) as processing, sum(r.completed) as completed, sum(r.failed) as failed,
            sum(r.total_cents) as total_cents, sum(r.share_cents) as share_cents,
            max(r.place) as parts
        into v_rest
        from (
            select p.*, row_number() over (order by p.date, p.payout_id) as place
            from journal.part p
            where p.history_id = p_history and p.level = v_level - 1
                and (p.date, p.payout_id) >= (v_node.date, v_node.payout_id)
                and (p.date, p.payout_id) < (v_next.date, v_next.payout_id)) as r
        where r.place > 32;
        exit when v_rest.parts is null or v_rest.parts <= 64;

        insert into journal.node
            (history_id, level, date, payout_id, tenant_id, pending, processing, completed, failed,
                total_cents, share_cents)
        values (p_history, v_level, v_rest.date, v_rest.payout_id, v_node.tenant_id, v_rest.pending,
            v_rest.processing, v_rest.completed, v_rest.failed, v_rest.total_cents,
            v_rest.share_cents);
        update journal.node n
        set pending = n.pending - v_rest.pending, processing = n.processing - v_rest.processing,
            completed = n.completed - v_rest.completed, failed = n.failed - v_rest.failed,
            total_cents = n.total_cents - v_rest.total_cents,
            share_cents = n.share_cents - v_rest.share_cents
        where n.history_id = p_history and n.level = v_level and n.date = v_node.date
            and n.payout_id = v_node.payout_id;
    end loop;
end
$$;
