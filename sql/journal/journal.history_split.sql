-- Node split: splits a node that stands for more than 64 parts into as few as hold 48 at most
-- each, of equal lengths.
--
-- Returns: was it split?  Then the node above it may stand for too many, too.
-- Tables written: journal.node
create or replace function journal.history_split(
    p_history uuid, p_level int, p_date date, p_payout uuid
) returns boolean
    language plpgsql
as $$
declare
    v_next record;
begin
    select n.date, n.payout_id into v_next
    from journal.node n
    where n.history_id = p_history and n.level = p_level
        and (n.date, n.payout_id) > (p_date, p_payout)
    order by n.date, n.payout_id
    limit 1;
    if not found then
        select 'infinity'::date as date, '00000000-0000-0000-0000-000000000000'::uuid as payout_id
        into v_next;
    end if;

    with run as materialized (
        select q.place * ((q.parts + 47) / 48) / q.parts as run,
            (array_agg(q.date order by q.place))[1] as date,
            (array_agg(q.payout_id order by q.place))[1] as payout_id, sum(q.pending) as pending,
            sum(q.processing) as processing, sum(q.completed) as completed, sum(q.failed) as failed,
            sum(q.total_cents) as total_cents, sum(q.share_cents) as share_cents
        from (
            select p.*, row_number() over (order by p.date, p.payout_id) - 1 as place,
                count(*) over () as parts
            from journal.part p
            where p.history_id = p_history and p.level = p_level - 1
                and (p.date, p.payout_id) >= (p_date, p_payout)
                and (p.date, p.payout_id) < (v_next.date, v_next.payout_id)) as q
        where q.parts > 64
        group by run
    ), made as (
        insert into journal.node
            (history_id, level, date, payout_id, tenant_id, pending, processing, completed, failed,
                total_cents, share_cents)
        select p_history, p_level, r.date, r.payout_id, n.tenant_id, r.pending, r.processing,
            r.completed, r.failed, r.total_cents, r.share_cents
        from run r
        join journal.node n on n.history_id = p_history and n.level = p_level and n.date = p_date
            and n.payout_id = p_payout
        where r.run > 0
    )
    update journal.node n
    set pending = r.pending, processing = r.processing, completed = r.completed, failed = r.failed,
        total_cents = r.total_cents, share_cents = r.share_cents
    from run r
    where r.run = 0 and n.history_id = p_history and n.level = p_level and n.date = p_date
        and n.payout_id = p_payout;
    return found;
end
$$;
