-- Changes what is not null.
--
-- Parameters: p_reference '' = none
-- Returns: the payout as journal.payout_row shows it
-- Raises: PU404
-- Locks: book
-- Tables written: journal.payout, journal.node
create or replace function journal.payout_update(
    p_id uuid, p_date date, p_total_cents bigint, p_split int, p_status text, p_reference text
) returns journal.payout_row
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
    perform journal.history_change(array[p_id], -1);
    update journal.payout p
    set date = coalesce(p_date, p.date), total_cents = coalesce(p_total_cents, p.total_cents),
        split_hundredths = coalesce(p_split, p.split_hundredths),
        status = coalesce(p_status, p.status),
        reference = case when p_reference is null then p.reference else nullif(p_reference, '') end,
        updated_at = date_trunc('second', clock_timestamp())
    where p.id = p_id;
    perform journal.history_change(array[p_id], 1);
    return (select v from journal.payout_row v where v.id = p_id);
end
$$;
grant execute on function journal.payout_update(
    uuid, date, bigint, int, text, text
) to purser_payouts;
