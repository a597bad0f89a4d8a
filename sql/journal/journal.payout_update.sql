-- Changes what is not null.  A payout that would be as it was is not written: its version and the
-- time of its last change stay.
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
    v_old journal.payout;
    v_new journal.payout;
begin
    select * into v_old from journal.payout p where p.id = p_id;
    if v_old.book_id is distinct from v_book.id then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    perform journal.etag_check(p_if_match, (
        select v.etag from journal.payout_v v where v.id = p_id));
    v_new := v_old;
    v_new.date := coalesce(p_date, v_old.date);
    v_new.total_cents := coalesce(p_total_cents, v_old.total_cents);
    v_new.split_hundredths := coalesce(p_split, v_old.split_hundredths);
    v_new.status := coalesce(p_status, v_old.status);
    v_new.reference := nullif(coalesce(p_reference, v_old.reference), '');
    if v_new is distinct from v_old then
        perform journal.history_change(array[p_id], -1);
        update journal.payout p
        set date = v_new.date, total_cents = v_new.total_cents,
            split_hundredths = v_new.split_hundredths, status = v_new.status,
            reference = v_new.reference, version = p.version + 1,
            updated_at = date_trunc('second', clock_timestamp())
        where p.id = p_id;
        perform journal.history_change(array[p_id], 1);
    end if;
    return (select v from journal.payout_v v where v.id = p_id);
end
$$;
grant execute on function journal.payout_update(
    uuid, date, bigint, int, text, text, text
) to purser_payouts;
