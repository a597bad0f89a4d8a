-- Which payouts of a history have a text in their account's number, reference
-- or status, whatever its case.  Looks at every payout between the dates: a
-- substring has no order.
--
-- Returns: the ids of one page, newest first, and how many there are in all
create or replace function journal.payout_search(
    p_history uuid, p_status text, p_search text, p_start date, p_end date, p_limit bigint,
    p_offset bigint, out total bigint, out ids uuid[]
) returns record
    language plpgsql stable
as $$
declare
    v_status text[] := string_to_array(p_status, ',');
    v_text text := lower(p_search collate "und-x-icu");
    v_accounts uuid[] := array(
        select a.id
        from journal.account a
        where a.id in (
                select b.id from journal.account b where b.book_id = p_history
                union all
                select f.id from journal.account f where f.firm_id = p_history
                union all
                select p_history)
            and position(v_text in lower(a.account_number collate "und-x-icu")) > 0);
    v_statuses text[] := array(
        select s
        from unnest(array['pending', 'processing', 'completed', 'failed']) as s
        where position(v_text in s) > 0);
begin
    select count(*) into total
    from journal.payout_by_group e
    where e.history_id = p_history and e.date between p_start and p_end
        and (v_status is null or e.status = any (v_status))
        and (e.status = any (v_statuses) or e.account_id = any (v_accounts)
            or position(v_text in e.reference_folded) > 0);
    ids := array(
        select e.id
        from journal.payout_by_group e
        where e.history_id = p_history and e.date between p_start and p_end
            and (v_status is null or e.status = any (v_status))
            and (e.status = any (v_statuses) or e.account_id = any (v_accounts)
                or position(v_text in e.reference_folded) > 0)
        order by e.date desc, e.id desc
        limit p_limit offset p_offset);
end
$$;
