-- Deletes a payout.
--
-- Returns: its account as journal.account_v shows it, with the totals after
-- Raises: PU404, PU439 p_if_match (journal.etag_check) does not fit
-- Locks: book
-- Tables written: journal.payout, journal.node
create or replace function journal.payout_delete(p_id uuid, p_if_match text default null)
    returns journal.account_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_book journal.book := journal.book_lock();
    v_payout journal.payout;
    v_answer journal.account_v;
begin
    select * into v_payout from journal.payout p where p.id = p_id;
    if v_payout.book_id is distinct from v_book.id then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    perform journal.etag_check(p_if_match, (
        select v.etag from journal.payout_v v where v.id = p_id));
    perform journal.history_change(array[p_id], -1);
    delete from journal.payout p where p.id = p_id;
    select * into v_answer from journal.account_v v where v.id = v_payout.account_id;
    return v_answer;
end
$$;
grant execute on function journal.payout_delete(uuid, text) to purser_payouts;
