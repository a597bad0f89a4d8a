-- Changes what is not null; the time of the last change stays when nothing changes.  With another
-- firm the account's payouts move into that firm's history: both firms' trees are made anew, at a
-- cost of their lengths.
--
-- Returns: the account as journal.account_v shows it
-- Raises: PU404, PU412 the firm has an account with that number, PU422 (journal.name_check), PU439
--   p_if_match (journal.etag_check) does not fit
-- Locks: book
-- Tables written: journal.account, journal.firm, journal.payout, journal.node
create or replace function journal.account_update(
    p_id uuid, p_number text, p_firm text, p_type text, p_size_cents bigint, p_net_pnl_cents bigint,
    p_status text, p_if_match text default null
) returns journal.account_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_book journal.book := journal.book_lock();
    v_number text := journal.name_check('account_number', p_number);
    v_name text := journal.name_check('firm_name', p_firm);
    v_old journal.account;
    v_new journal.account;
    v_answer journal.account_v;
begin
    select * into v_old from journal.account a where a.id = p_id;
    if v_old.book_id is distinct from v_book.id then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    perform journal.etag_check(p_if_match, (
        select v.etag from journal.account_v v where v.id = p_id));
    v_new := v_old;
    v_new.account_number := coalesce(v_number, v_old.account_number);
    if p_firm is not null then
        v_new.firm_id := journal.firm_of(v_book, v_name);
    end if;
    v_new.account_type := coalesce(p_type, v_old.account_type);
    v_new.size_cents := coalesce(p_size_cents, v_old.size_cents);
    v_new.net_pnl_cents := coalesce(p_net_pnl_cents, v_old.net_pnl_cents);
    v_new.status := coalesce(p_status, v_old.status);
    if exists (
        select
        from journal.account a
        where a.book_id = v_book.id and a.account_number = v_new.account_number
            and a.firm_id = v_new.firm_id
            and a.id <> p_id)
    then
        raise exception using errcode = 'PU412',
            message = 'there is an account with this number at this firm';
    end if;
    update journal.account a
    set account_number = v_new.account_number, firm_id = v_new.firm_id,
        account_type = v_new.account_type, size_cents = v_new.size_cents,
        net_pnl_cents = v_new.net_pnl_cents, status = v_new.status,
        updated_at = date_trunc('second', clock_timestamp())
    where a.id = p_id and v_new is distinct from v_old;
    if v_new.firm_id <> v_old.firm_id then
        update journal.payout p set firm_id = v_new.firm_id where p.account_id = p_id;
        if found then
            perform journal.history_rebuild(v_old.firm_id, v_book.tenant_id),
                journal.history_rebuild(v_new.firm_id, v_book.tenant_id);
        end if;
    end if;
    select * into v_answer from journal.account_v v where v.id = p_id;
    return v_answer;
end
$$;
grant execute on function journal.account_update(
    uuid, text, text, text, bigint, bigint, text, text
) to purser_payouts;
