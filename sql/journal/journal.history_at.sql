-- Order statistic: the key of the n-th payout of a history, counted from 1 in (date, id) order,
-- among those with a status (journal.count_of): from the top down, on each level the
-- part into which the number falls.
--
-- Returns: date, payout_id; null when there are not so many
create or replace function journal.history_at(
    p_history uuid, p_status text, p_number bigint, out date date, out payout_id uuid
) returns record
    language plpgsql stable
as $$
declare
    v_end_date date := date 'infinity'; -- of the part one level up
    v_end_id uuid := uuid '00000000-0000-0000-0000-000000000000';
    v_left bigint := p_number;
    v_part record;
begin
    date := '-infinity';
    payout_id := v_end_id;
    for v_level in reverse 3 .. 0 loop
        select r.date, r.payout_id, r.next_date, r.next_id, (r.upto - r.payouts)::bigint as before
        into v_part
        from (
            select p.date, p.payout_id, lead(p.date) over keys as next_date,
                lead(p.payout_id) over keys as next_id, c.payouts, sum(c.payouts) over keys as upto
            from journal.part p
            cross join lateral (
                select journal.count_of(
                    p_status, p.pending, p.processing, p.completed, p.failed) as payouts) as c
            where p.history_id = p_history and p.level = v_level
                and (p.date, p.payout_id) >= (history_at.date, history_at.payout_id)
                and (p.date, p.payout_id) < (v_end_date, v_end_id)
            window keys as (order by p.date, p.payout_id)) as r
        where r.upto >= v_left
        order by r.date, r.payout_id
        limit 1;
        if not found then
            date := null;
            payout_id := null;
            return;
        end if;
        date := v_part.date;
        payout_id := v_part.payout_id;
        v_left := v_left - v_part.before;
        v_end_date := coalesce(v_part.next_date, v_end_date);
        v_end_id := coalesce(v_part.next_id, v_end_id);
    end loop;
end
$$;
