-- Which payouts of a history are on a page, when what is asked for is a run of
-- it: by dates and status, without a search.  Everything is counted by the
-- tree, so neither the length of the history nor the offset matters.
--
-- Returns: the ids of the page, newest first, and how many there are in all
create or replace function journal.payout_page(
    p_history uuid, p_status text, p_start date, p_end date, p_limit bigint, p_offset bigint,
    out total bigint, out ids uuid[]
) returns record
    language plpgsql stable
as $$
declare
    v_zero constant uuid := uuid '00000000-0000-0000-0000-000000000000';
    v_before bigint;
    v_upto bigint;
    v_newest record;
begin
    select u.payouts into v_before
    from journal.history_upto(p_history, p_start, v_zero, p_status) as u;
    select u.payouts into v_upto
    from journal.history_upto(p_history, p_end + 1, v_zero, p_status) as u;
    total := coalesce(v_upto - v_before, 0); -- null: no history
    if p_offset >= total then
        ids := '{}';
    elsif p_status is not null then
        -- one look-up a row: payouts with a rare status may lie far apart
        ids := array(
            select a.payout_id
            from generate_series(v_upto - p_offset,
                greatest(v_before, v_upto - p_offset - p_limit) + 1, -1) as n
            cross join lateral journal.history_at(p_history, p_status, n) as a
            order by n desc);
    else
        select p_end + 1 as date, v_zero as payout_id into v_newest;
        if p_offset > 0 then
            select a.date, a.payout_id into v_newest
            from journal.history_at(p_history, null, v_upto - p_offset) as a;
        end if;
        ids := array(
            select e.id
            from journal.payout_by_group e
            where e.history_id = p_history and (e.date, e.id) <= (v_newest.date, v_newest.payout_id)
                and e.date >= p_start
            order by e.date desc, e.id desc
            limit p_limit);
    end if;
end
$$;
