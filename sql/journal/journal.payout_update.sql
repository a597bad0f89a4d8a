-- Changes what is not null.
--
-- Parameters: p_reference '' = none
-- Returns: the payout as journal.payout_v shows it
-- Raises: PU404, PU439 p_if_match (journal.etag_check) does not fit
-- Locks: book
-- Tables written: journal.payout, journal.node
create or replace function journal.payout_update(
    p_id uuid, p_date date, p_total_cents bigint, p_split int, p_status text, p_reference text,
    p_if_match text default null
) returns journal.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_book journal.book := journal.book_lock();
begin
    if v_book.id is distinct from (select p.book_id from journal.payout p where p.id = p_id) then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    perform journal.etag_check(p_if_match, (
        select v.etag from journal.payout_v v where v.id = p_id));
    perform journal.history_change(array[p_id], -1);
    update journal.payout p
    set date = coalesce(p_date, p.date), total_cents = coalesce(p_total_cents, p.total_cents),
        split_hundredths = coalesce(p_split, p.split_hundredths),
        status = coalesce(p_status, p.status),
        reference = case when p_reference is null then p.reference else nullif(p_reference, '') end,
        version = p.version + 1, updated_at = date_trunc('second', clock_timestamp())
    where p.id = p_id;
    perform journal.history_change(array[p_id], 1);
    return (select v from journal.payout_v v where v.id = p_id);
end
$$;
grant execute on function journal.payout_update(
    uuid, date, bigint, int, text, text, text
) to purser_payouts;
