-- Records a payout.
--
-- Parameters: p_split in hundredths of a percent; p_reference '' = none
-- Returns: the payout as journal.payout_v shows it
-- Raises: PU404 the account is not the principal's
-- Locks: book
-- Tables written: journal.payout, journal.node
create or replace function journal.payout_create(
    p_date date, p_total_cents bigint, p_account uuid, p_split int, p_status text, p_reference text
) returns journal.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_book journal.book := journal.book_lock();
    v_account journal.account;
    v_id uuid;
begin
    select * into v_account from journal.account a where a.id = p_account and a.book_id = v_book.id;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    v_id := journal.payout_insert(v_account, p_date, p_total_cents, p_split, p_status, p_reference);
    perform journal.history_change(array[v_id], 1);
    return (select v from journal.payout_v v where v.id = v_id);
end
$$;
grant execute on function journal.payout_create(
    date, bigint, uuid, int, text, text
) to purser_payouts;
