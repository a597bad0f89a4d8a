-- Deletes an account without payouts.
--
-- Returns: its id
-- Raises: PU404, PU412 it has payouts, PU439 p_if_match (journal.etag_check) does not fit
-- Locks: book
-- Tables written: journal.account, journal.node
create or replace function journal.account_delete(p_id uuid, p_if_match text default null)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_book journal.book := journal.book_lock();
begin
    perform from journal.account a where a.id = p_id and a.book_id = v_book.id;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    perform journal.etag_check(p_if_match, (
        select v.etag from journal.account_v v where v.id = p_id));
    if exists (select from journal.payout p where p.account_id = p_id) then
        raise exception using errcode = 'PU412', message = 'the account has payouts';
    end if;
    delete from journal.node n where n.history_id = p_id;
    delete from journal.account a where a.id = p_id;
    return p_id;
end
$$;
grant execute on function journal.account_delete(uuid, text) to purser_payouts;
